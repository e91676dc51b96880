"""What a hunter is given, and what it brings back: groups as predicates, with a patch or the wish for one.

A hunter sees public rows only. It learns on some of them and is judged on the others, so that the numbers it brings
back are those of rows that it has not seen. Every group is a predicate, and every patch an ONNX file or none (the
platform trains one then): both are what a submission takes as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from scoring.errors import OutOfRangeError, WrongLengthError, WrongTypeError
from scoring.losses import Loss, Sample, Task, check_answers
from scoring.masks import check_mask
from scoring.predicates import Predicate
from scoring.scores import Score, score
from scoring.tables import Table, encode
from scoring.types import Answers, Bools, Codes, Floats

JUDGED_SHARE: Final = 1 / 3
REALS: Final = frozenset({Task.REGRESSION, Task.PROBABILITY})


@dataclass(frozen=True)
class Hunt:
    """Public rows and the hosted model's answers on them.

    ``table`` the feature columns of n rows; ``sample`` their labels, loss, weights and units; ``answers`` (n,) the
    hosted model's; ``judged`` (n,) rows that are kept from learning. A group must have ``min_rows`` of the n rows and
    at most ``max_weight`` of their weight, and names only ``columns`` (None: any); ``most`` groups are brought back.
    Made by `read`, or by hand.

    Raises:
        ScoringError: for wrong lengths or types, or where no row is learnt from or none judges.
    """

    table: Table
    sample: Sample
    answers: Answers
    task: Task
    judged: Bools
    n_classes: int = 0
    min_rows: int = 150
    max_weight: float = 0.5
    most: int = 5
    columns: tuple[str, ...] | None = None
    losses: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.table.n_rows != self.sample.n:
            raise WrongLengthError("A hunt needs one label for each row of its table.")
        check_mask(self.judged, self.sample.n)
        if self.judged.all() or not self.judged.any():
            raise OutOfRangeError("A hunt needs rows to learn from and rows that judge.")
        if self.min_rows < 1 or not 0 < self.max_weight <= 1 or self.most < 1:
            raise OutOfRangeError("A group has at least one row and at most all weight, and one is to be found.")
        if self.task is Task.TRANSCRIPTION:
            raise WrongTypeError("Hunters do not listen: there is nothing to learn where the task is transcription.")
        object.__setattr__(self, "losses", self.sample.losses(self.answers))

    @property
    def n(self) -> int:
        """The number of rows."""
        return self.sample.n

    @property
    def named(self) -> Table:
        """The columns that a group may name."""
        if self.columns is None:
            return self.table
        return Table(tuple(self.table[name] for name in self.columns), self.n)

    @property
    def weights(self) -> Floats:
        """What each row counts (n,)."""
        return np.ones(self.n) if self.sample.weights is None else self.sample.weights

    @property
    def is_real(self) -> bool:
        """Whether answers are real values or chances, not classes."""
        return self.task in REALS

    def takes(self, mask: Bools) -> bool:
        """Whether a group of these rows (n,) has an allowed size."""
        weights = self.weights
        return bool(mask.sum() >= self.min_rows and weights[mask].sum() <= self.max_weight * weights.sum())

    def judge(self, mask: Bools, patch: Answers, rows: Bools | None = None) -> Score:
        """The score of a pair (n,) on the rows that judge, or on ``rows`` (n,)."""
        places = np.flatnonzero(self.judged if rows is None else rows)
        sample = self.sample.take(places)
        return score(sample, mask[places], self.losses[places], sample.losses(patch[places]))

    def after(self, mask: Bools, patch: Answers) -> "Hunt":
        """The same hunt once the pair is merged: the model answers as the patch does on the group."""
        both = np.where(mask, patch, self.answers)
        merged: Answers = both.astype(np.float64) if self.answers.dtype.kind == "f" else both.astype(np.int32)
        return replace(self, answers=merged)

    def only(self, rows: Bools, judged: Bools) -> "Hunt":
        """The hunt of these rows (n,) alone, with ``judged`` (n,) among them; the least size falls with their share."""
        places = np.flatnonzero(rows)
        least = max(1, round(self.min_rows * len(places) / self.n))
        table, sample = self.table.take(places), self.sample.take(places)
        taken = {"table": table, "sample": sample, "answers": self.answers[places], "judged": judged[places]}
        return replace(self, **taken, min_rows=least)  # type: ignore[arg-type]  # mypy wants one type of all values


@dataclass(frozen=True)
class Found:
    """A group and perhaps a patch, best first.

    ``group`` is the predicate and ``group.to_text()`` what a submission takes. ``onnx`` is the patch as a file that a
    submission takes, or None where the platform should train it. ``score`` is that of the pair on the judging rows;
    without a patch of its own, of a model that was trained on the learnt rows. ``mask`` and ``answers`` (n,) are the
    pair on all rows.
    """

    strategy: str
    group: Predicate
    score: Score
    mask: Bools = field(repr=False, compare=False)
    answers: Answers = field(repr=False, compare=False)
    onnx: bytes | None = field(default=None, repr=False)

    @property
    def patch_kind(self) -> str:
        """The kind of patch to send: ``onnx`` or ``platform``."""
        return "platform" if self.onnx is None else "onnx"

    def __str__(self) -> str:
        size = f"{self.score.weight:.1%} of the weight, gain {self.score.gain:+.3f}"
        return f"{self.group.to_text()} ({size}, patch: {self.patch_kind})"


def read(
    frame: pd.DataFrame,
    *,
    features: Sequence[str],
    label: str,
    answers: "pd.Series[Any] | str",
    task: str,
    loss: str,
    rng: np.random.Generator,
    **more: Any,
) -> Hunt:
    """A hunt from the public file as a frame. ``rng`` draws the judging third, units whole; ``more`` is of `Terms`.

    ``answers`` is a series of the hosted model's answers in the label's own words, or the column that holds them.

    Raises:
        ScoringError: for a label or an answer that is no class, NaN among real values, or too few rows.

    Example:
        >>> frame = pd.DataFrame({"age": [30, 70] * 6, "y": ["no", "yes"] * 6, "model": "no"})
        >>> told = {"features": ["age"], "label": "y", "answers": "model", "task": "binary_classification"}
        >>> hunt = read(frame, **told, loss="zero_one", rng=np.random.default_rng(0), min_rows=2)
        >>> hunt.n, hunt.n_classes, int(hunt.judged.sum()), hunt.losses[:2].tolist()
        (12, 2, 4, [0.0, 1.0])
    """
    terms = Terms(**more)
    kind, given = Task(task), frame[answers] if isinstance(answers, str) else answers
    labels = frame[label]
    classes = list(terms.classes) if terms.classes is not None else sorted(labels.dropna().unique())
    weights = None if terms.weight is None else frame[terms.weight].to_numpy(np.float64)
    units = None if terms.unit is None else pd.factorize(frame[terms.unit])[0].astype(np.int32)
    of_chances = kind is Task.PROBABILITY
    sample = Sample(
        Loss(loss),
        _labels(kind, labels, classes, terms.positive),
        weights,
        units,
        positive=1 if of_chances else _place(classes, terms.positive),
        value_range=(0.0, 1.0) if of_chances else terms.value_range,
    )
    return Hunt(
        encode(frame, tuple(features)),
        sample,
        _values(kind, given, classes),
        kind,
        _drawn(sample, rng) if terms.judged is None else np.asarray(terms.judged, dtype=np.bool_),
        n_classes=0 if kind in REALS else len(classes),
        min_rows=terms.min_rows,
        max_weight=terms.max_weight,
        most=terms.most,
        columns=None if terms.columns is None else tuple(terms.columns),
    )


@dataclass(frozen=True)
class Terms:
    """What else `read` may be told: all that a competition names, which rows judge (None: drawn), and the columns that
    a group may name, such as the demographic ones (None: all features)."""

    classes: Sequence[object] | None = None
    positive: object = None
    value_range: tuple[float, float] | None = None
    weight: str | None = None
    unit: str | None = None
    judged: Sequence[bool] | Bools | None = None
    min_rows: int = 150
    max_weight: float = 0.5
    most: int = 5
    columns: Sequence[str] | None = None


def _labels(task: Task, values: "pd.Series[Any]", classes: list[Any], positive: object) -> Answers:
    if task is not Task.PROBABILITY:
        return _values(task, values, classes)
    wanted = _place(classes, positive)
    if wanted is None:
        raise OutOfRangeError("Say which label is the positive one where answers are chances.")
    return np.asarray(_codes(values, classes) == wanted, dtype=np.float64)


def _values(task: Task, values: "pd.Series[Any]", classes: list[Any]) -> Answers:
    if task in REALS:
        found = values.to_numpy(np.float64)
        check_answers("answers", found, len(found), real=True)
        return found
    return _codes(values, classes)


def _codes(values: "pd.Series[Any]", classes: list[Any]) -> Codes:
    codes = np.asarray(pd.Index(classes).get_indexer(pd.Index(values)), dtype=np.int32)
    if len(codes) and codes.min() < 0:
        raise OutOfRangeError("A label or an answer is none of the classes.")
    return codes


def _place(classes: list[Any], positive: object) -> int | None:
    named: Mapping[str, int] = {str(value): place for place, value in enumerate(classes)}
    return None if positive in (None, "") else named.get(str(positive))


def _drawn(sample: Sample, rng: np.random.Generator) -> Bools:
    units = np.arange(sample.n) if sample.units is None else sample.units
    _, numbers = np.unique(units, return_inverse=True)
    drawn = rng.permutation(int(numbers.max()) + 1)
    return np.asarray(drawn[numbers] < JUDGED_SHARE * len(drawn))
