"""Run what an entrant sent: from a submission to its mask and answers on public and hidden rows.

Predicates, candidate columns and the platform's own patches are data and trusted code and need no box. Python and ONNX
models run in the box: on public rows with its messages, then on the pooled hidden rows in silence.
"""

from dataclasses import dataclass
from typing import Any

from bounty import public_data, vault
from bounty.models import Competition
from scoring.losses import OF_NUMBERS, Task
from scoring.predicates import Predicate, evaluate
from scoring.sandbox import (
    GroupRun,
    PatchRun,
    SandboxVerdict,
    classes_of,
    run_group,
    run_group_hidden,
    run_model,
    run_model_hidden,
    run_patch,
    run_patch_hidden,
)
from scoring.sandbox.chances import are_chances
from scoring.sandbox.lowered import limits_of
from scoring.types import Answers, Bools
from submissions.artifacts import read
from submissions.boxes import box
from submissions.models import Submission
from submissions.patch_training import breaks_the_bound, finds_nothing, train_for
from submissions.sentences import sentence_of

GroupKind = Submission.GroupKind
PatchKind = Submission.PatchKind


class Rejected(Exception):
    """Judging ended early: a code, a sentence, and the log of the public run."""

    def __init__(self, code: str, sentence: str = "", *, log: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence or sentence_of(code)
        self.log = log


@dataclass(frozen=True)
class Masks:
    """The group on public rows (train, then validation) and on the pooled hidden rows."""

    public: Bools
    hidden: Bools
    log: str = ""


@dataclass(frozen=True)
class Patch:
    """The patch's answers on the same rows, and the recipe where the platform trained it."""

    public: Answers
    hidden: Answers
    recipe: dict[str, Any] | None = None
    log: str = ""


def run_the_group(submission: Submission) -> Masks:
    """The masks of the submission's group. Raises ``Rejected`` with the sandbox's verdict."""
    public, hidden = public_data.load(submission.competition).table, vault.features(submission.competition).table
    if submission.group_kind == GroupKind.PREDICATE:
        predicate = Predicate.from_json(submission.predicate)
        return Masks(evaluate(predicate, public), evaluate(predicate, hidden))
    source = _source(submission.group_source)
    limits = limits_of(submission.competition.limits, "group")
    shown = run_group(box(), source, public, limits=limits, hidden=False)
    if shown.mask is None:
        raise _rejected(shown)
    silent = run_group_hidden(box(), source, hidden, seed=submission.seed, limits=limits)
    if silent.mask is None:
        raise _rejected(silent, log=shown.log)
    return Masks(shown.mask, silent.mask, shown.log)


def run_the_patch(submission: Submission, masks: Masks) -> Patch:
    """The answers of the submission's patch. Raises ``Rejected``."""
    if submission.patch_kind == PatchKind.ROUTE:
        public = public_data.load(submission.competition).candidates[submission.patch_column]
        return Patch(public, vault.features(submission.competition).candidates[submission.patch_column])
    if submission.patch_kind == PatchKind.PLATFORM:
        return _trained(submission, masks)
    if submission.patch_kind == PatchKind.ONNX:
        return _model(submission, log=masks.log)
    return _python(submission, log=masks.log)


def _trained(submission: Submission, masks: Masks) -> Patch:
    competition = submission.competition
    public, hidden = public_data.load(competition), vault.features(competition)
    found = train_for(competition, masks.public)
    if broken := breaks_the_bound(found):
        raise Rejected("NO_PATCH_IN_BOUND", f"{sentence_of('NO_PATCH_IN_BOUND')} {broken}", log=masks.log)
    if competition.require_repair and finds_nothing(found):
        raise Rejected("NO_PATCH_FOUND", log=masks.log)
    recipe = {"name": found.name, "recipe": found.to_json(), "evidence": found.evidence.to_json()}
    shown = found.answers(public.table, public.candidates)
    return Patch(shown, found.answers(hidden.table, hidden.candidates), recipe=recipe, log=masks.log)


def _python(submission: Submission, *, log: str) -> Patch:
    competition = submission.competition
    public, hidden = public_data.load(competition), vault.features(competition)
    source = _source(submission.patch_source)
    kind = "real" if competition.task in OF_NUMBERS else "classes"
    options: dict[str, Any] = {"kind": kind, "n_classes": len(competition.classes), "seed": submission.seed}
    options["limits"] = limits_of(competition.limits, "patch")
    shown = run_patch(box(), source, public.train_table, public.labels, public.table, hidden=False, **options)
    if shown.answers is None:
        raise _rejected(shown, log=log)
    silent = run_patch_hidden(box(), source, public.train_table, public.labels, hidden.table, **options)
    if silent.answers is None:
        raise _rejected(silent, log=log + shown.log)
    _check_chances(competition, shown.answers, silent.answers, log=log + shown.log)
    return Patch(shown.answers, silent.answers, log=log + shown.log)


def _model(submission: Submission, *, log: str) -> Patch:
    competition = submission.competition
    public, hidden = public_data.load(competition), vault.features(competition)
    model, n_classes = _source(submission.patch_source), len(competition.classes)
    classes = () if competition.task in OF_NUMBERS else classes_of(public.labels, n_classes)
    limits = limits_of(competition.limits, "model")
    shown = run_model(box(), model, public.table, classes=classes, limits=limits, hidden=False)
    if shown.answers is None:
        raise _rejected(shown, log=log)
    silent = run_model_hidden(box(), model, hidden.table, classes=classes, seed=submission.seed, limits=limits)
    if silent.answers is None:
        raise _rejected(silent, log=log)
    _check_chances(competition, shown.answers, silent.answers, log=log)
    return Patch(shown.answers, silent.answers, log=log)


def _check_chances(competition: Competition, *answers: Answers, log: str) -> None:
    """Where chances are asked for, all of them lie between 0 and 1."""
    if competition.task == Task.PROBABILITY and not are_chances(*answers):
        raise Rejected(SandboxVerdict.NOT_CHANCES.value, log=log)


def _rejected(run: GroupRun | PatchRun, *, log: str = "") -> Rejected:
    """A public run's message is the entrant's own and is shown; a hidden run's is empty by construction."""
    sentence = sentence_of(run.verdict.value)
    if run.message:
        where = f" (line {run.line})" if run.line else ""
        sentence = f"{sentence} It said{where}: {run.message}"
    return Rejected(run.verdict.value, sentence, log=log + run.log)


def _source(artifact: Any) -> bytes:
    if artifact is None:
        raise Rejected(SandboxVerdict.MISSING_FUNCTION.value)
    return read(artifact)
