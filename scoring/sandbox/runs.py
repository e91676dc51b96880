"""What the platform asks of a box: a group's mask or a patch's answers, aloud on public rows, silent on hidden.

A hidden run is made twice, on two differently ordered views of the pooled hidden rows, one of them a random part: an
answer that is not a function of its row alone shows as two answers for one row.
"""

import functools
import secrets
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from scoring.sandbox.attempt import Outcome
from scoring.sandbox.encoding import values_of
from scoring.sandbox.host import Box
from scoring.sandbox.limits import (
    GROUP_LIMITS,
    MAX_MODEL_BYTES,
    MAX_SOURCE_BYTES,
    MODEL_LIMITS,
    PATCH_LIMITS,
    Limits,
    coarse,
)
from scoring.sandbox.protocol import Answer, Expected, Form, Job, Work
from scoring.sandbox.verdicts import SandboxVerdict
from scoring.tables import Column, Table, TextColumn
from scoring.types import Answers, Bools

GROUP_SEED: Final = 0  # where numpy's and random's global generators start for a group
REAL_TOLERANCE: Final = 1e-9
LEARNING: Final = (b"sklearn", b"scipy")
SMALLEST_PART, LARGEST_PART = 0.60, 0.95
Label = int | float | str
Classes = tuple[Label, ...]  # the label values in the order of their codes
PatchKind = Literal["classes", "real"]


@dataclass(frozen=True)
class GroupRun:
    """What became of a group: ``mask`` (n,) in the table's order when the verdict is OK, else None."""

    verdict: SandboxVerdict
    mask: Bools | None
    message: str
    log: str
    line: int | None
    duration_s: float


@dataclass(frozen=True)
class PatchRun:
    """What became of a patch: ``answers`` (n,) in the table's order when the verdict is OK, else None."""

    verdict: SandboxVerdict
    answers: Answers | None
    message: str
    log: str
    line: int | None
    duration_s: float


_LONGEST: Final = {
    Form.PYTHON: ("source", MAX_SOURCE_BYTES, SandboxVerdict.SYNTAX_ERROR),
    Form.ONNX: ("model file", MAX_MODEL_BYTES, SandboxVerdict.INVALID_MODEL),
}


@dataclass(frozen=True)
class _Task:
    """One thing to run on any table: what to ask for, and what else the job is given."""

    work: Work
    source: bytes
    limits: Limits
    seed: int
    classes: Classes = ()
    given: tuple[Table | Column, ...] = ()  # a patch's public rows and labels
    form: Form = Form.PYTHON

    def run(self, box: Box, rows: int, sealed: int, *, hidden: bool) -> Outcome:
        what, limit, verdict = _LONGEST[self.form]
        if len(self.source) > limit:
            return Outcome(verdict, 0.0, message="" if hidden else f"the {what} is longer than {limit} bytes")
        limits = self.limits
        job = Job(
            work=self.work,
            hidden=hidden,
            seed=self.seed,
            cpu_s=limits.cpu_s,
            memory_bytes=limits.memory_bytes,
            files=limits.files,
            threads=limits.threads,
            classes=self.classes,
            form=self.form,
            learned=_learns(self.work, self.source),
        )
        files = [sealed, *(box.keep(part) for part in self.given)]
        return box.run(job, self.source, files, Expected(self.work, rows, len(self.classes), hidden), limits)


def _learns(work: Work, source: bytes) -> bool:
    """Any work but a group whose source names no learning library.

    Told from here, for no process that forks jobs may ever have read a source.
    """
    return work is not Work.GROUP or any(name in source for name in LEARNING)


def run_group(box: Box, source: bytes, table: Table, *, limits: Limits = GROUP_LIMITS, hidden: bool) -> GroupRun:
    """One run of a group's source on ``table``, with its words unless ``hidden``."""
    outcome = _once(box, _Task(Work.GROUP, source, limits, GROUP_SEED), table, hidden=hidden)
    return _group_run(outcome)


def run_group_hidden(box: Box, source: bytes, table: Table, *, seed: int, limits: Limits = GROUP_LIMITS) -> GroupRun:
    """The silent run on two views drawn from ``seed``; NOT_ROWWISE where they disagree."""
    outcome = _twice(box, _Task(Work.GROUP, source, limits, GROUP_SEED), table, seed=seed)
    return _group_run(outcome)


def run_patch(  # noqa: PLR0913 - a patch is given all this; every one is named
    box: Box,
    source: bytes,
    train: Table,
    labels: Column,
    table: Table,
    *,
    kind: PatchKind,
    n_classes: int = 0,
    seed: int,
    limits: Limits = PATCH_LIMITS,
    hidden: bool,
) -> PatchRun:
    """Fits the source on public rows and asks it for ``table``: class codes (n,) int32, or float64.

    ``labels`` are the values of the public file. The code of a class is its place among a text column's categories or
    a number column's sorted values (itself where these are below ``n_classes``).
    """
    task = _patch(source, train, labels, kind, n_classes, seed, limits)
    return _patch_run(_once(box, task, table, hidden=hidden))


def run_patch_hidden(  # noqa: PLR0913 - as above
    box: Box,
    source: bytes,
    train: Table,
    labels: Column,
    table: Table,
    *,
    kind: PatchKind,
    n_classes: int = 0,
    seed: int,
    limits: Limits = PATCH_LIMITS,
) -> PatchRun:
    """The silent run: fitted anew for each of two views; NOT_ROWWISE where their answers differ."""
    task = _patch(source, train, labels, kind, n_classes, seed, limits)
    return _patch_run(_twice(box, task, table, seed=seed))


def run_model(
    box: Box,
    model: bytes,
    table: Table,
    *,
    classes: Classes = (),
    limits: Limits = MODEL_LIMITS,
    hidden: bool,
) -> PatchRun:
    """Asks an ONNX file for ``table``: class codes (n,) int32, or float64 where there are no ``classes``.

    ``classes`` are as ``classes_of`` gives them; what the file is fed and may
    answer is said in ``guest.features`` and ``guest.answers``.
    """
    return _patch_run(_once(box, _model(model, classes, limits), table, hidden=hidden))


def run_model_hidden(
    box: Box, model: bytes, table: Table, *, classes: Classes = (), seed: int, limits: Limits = MODEL_LIMITS
) -> PatchRun:
    """The silent run on two views drawn from ``seed``; NOT_ROWWISE where they disagree."""
    return _patch_run(_twice(box, _model(model, classes, limits), table, seed=seed))


def _model(model: bytes, classes: Classes, limits: Limits) -> _Task:
    return _Task(Work.CLASSES if classes else Work.REAL, model, limits, 0, classes, form=Form.ONNX)


def classes_of(labels: Column, n_classes: int) -> Classes:
    """The label values in the order of their codes.

    Example:
        >>> from scoring.tables import NumberColumn
        >>> classes_of(TextColumn("y", np.array([1, 0], dtype=np.int32), ("no", "yes")), 2)
        ('no', 'yes')
        >>> classes_of(NumberColumn("y", np.array([1, 1])), 2), classes_of(NumberColumn("y", np.array([2, 5])), 2)
        ((0, 1), (2, 5))
    """
    if isinstance(labels, TextColumn):
        found: list[Label] = list(labels.categories)
    else:
        found = np.unique(labels.values).tolist()
        if set(found) <= set(range(n_classes)):
            found = list(range(n_classes))
    if len(found) != n_classes:
        raise ValueError(f"the labels have {len(found)} values, not {n_classes}")
    return tuple(found)


def _patch(
    source: bytes, train: Table, labels: Column, kind: PatchKind, n_classes: int, seed: int, limits: Limits
) -> _Task:  # fmt: skip
    if len(values_of(labels)) != train.n_rows:
        raise ValueError(f"{len(values_of(labels))} labels for {train.n_rows} rows")
    classes = classes_of(labels, n_classes) if kind == "classes" else ()
    return _Task(Work.CLASSES if kind == "classes" else Work.REAL, source, limits, seed, classes, (train, labels))


def _once(box: Box, task: _Task, table: Table, *, hidden: bool) -> Outcome:
    outcome = task.run(box, table.n_rows, box.keep(table), hidden=hidden)
    return _silent(outcome, outcome.duration_s) if hidden else outcome


def _twice(box: Box, task: _Task, table: Table, *, seed: int) -> Outcome:
    """Both views one after the other; the answer of the first, put back into the table's own order."""
    views = draw_views(table.n_rows, seed)
    part = views.part
    with box.view(table, views.order, views.stretches) as writing:
        outcomes = [task.run(box, table.n_rows, box.keep(table, views.whole), hidden=True)]
        if outcomes[0].answer is not None:
            outcomes.append(task.run(box, len(part), writing.result(), hidden=True))
    duration_s = sum(outcome.duration_s for outcome in outcomes)
    first, last = outcomes[0].answer, outcomes[-1].answer
    if first is None or last is None:
        return _silent(outcomes[-1], duration_s)
    answer = np.empty_like(first)
    answer[views.whole] = first
    if not _same(answer[part], last):
        return _silent(Outcome(SandboxVerdict.NOT_ROWWISE, 0.0), duration_s)
    return _silent(Outcome(SandboxVerdict.OK, 0.0, answer), duration_s)


_SECRET: Final = secrets.randbits(128)


@dataclass(frozen=True)
class Views:
    """Two orders of the same rows: ``whole`` (n,) all of them, and ``stretches`` of ``order`` (n,), a part of them."""

    whole: NDArray[np.int64]
    order: NDArray[np.int64]
    stretches: tuple[slice, ...]

    @property
    def part(self) -> NDArray[np.int64]:
        """The rows of the second view, in its order."""
        return np.concatenate([self.order[stretch] for stretch in self.stretches])


def draw_views(n_rows: int, seed: int) -> Views:
    """All rows in one order, and 60-95 % of them in another: where in its round that part lies is drawn from ``seed``.

    The orders are the same in every run of a process, so that reordered tables are made once. All is drawn from a
    secret of the trusted process besides: a job knows its number of rows, and may find its own seed, and must not undo
    the shuffle.

    Example:
        >>> views = draw_views(1000, seed=7)
        >>> len(set(views.whole.tolist())), 600 <= len(set(views.part.tolist())) <= 950
        (1000, True)
    """
    rng = np.random.default_rng([_SECRET, seed])
    size = max(min(n_rows, 1), int(n_rows * rng.uniform(SMALLEST_PART, LARGEST_PART)))
    start = int(rng.integers(max(n_rows, 1)))
    stretches = slice(start, start + size), slice(0, max(start + size - n_rows, 0))
    return Views(_fixed_order(n_rows, 0), _fixed_order(n_rows, 1), stretches)


@functools.lru_cache(maxsize=8)
def _fixed_order(n_rows: int, which: int) -> NDArray[np.int64]:
    order = np.random.default_rng([_SECRET, n_rows, which]).permutation(n_rows)
    order.flags.writeable = False  # shared between runs
    return order


def _same(one: Answer, other: Answer) -> bool:
    if one.dtype == np.float64:
        # relative to the size of the answer: the last bits of a sum may depend on the order in which a library takes it
        return bool(np.allclose(one, other, rtol=REAL_TOLERANCE, atol=REAL_TOLERANCE))
    return bool(np.array_equal(one, other))


def _silent(outcome: Outcome, duration_s: float) -> Outcome:
    """What may be told of a run on hidden rows, whatever the job managed to write."""
    return Outcome(outcome.verdict, coarse(duration_s), outcome.answer)


def _group_run(outcome: Outcome) -> GroupRun:
    mask = None if outcome.answer is None else outcome.answer.astype(np.bool_)
    return GroupRun(outcome.verdict, mask, outcome.message, outcome.log, outcome.line, outcome.duration_s)


def _patch_run(outcome: Outcome) -> PatchRun:
    answer = outcome.answer
    answers: Answers | None = None
    if answer is not None:
        answers = answer.astype(np.float64) if answer.dtype == np.float64 else answer.astype(np.int32)
    return PatchRun(outcome.verdict, answers, outcome.message, outcome.log, outcome.line, outcome.duration_s)
