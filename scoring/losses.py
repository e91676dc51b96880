"""Losses, and the hidden side of a set of rows: labels, weights, units.

Every loss lies in [0, 1]: the bound that the tests and the theorem rely on (arXiv 2201.10408).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.errors import NotFiniteError, OutOfRangeError, ScoringError, WrongLengthError, WrongTypeError
from scoring.types import Answers, Bools, Codes, Floats


class Task(StrEnum):
    """What a competition's model does."""

    BINARY = "binary_classification"
    MULTICLASS = "multiclass_classification"
    REGRESSION = "regression"
    PROBABILITY = "probability"
    TRANSCRIPTION = "transcription"


OF_NUMBERS: Final = frozenset({Task.REGRESSION, Task.PROBABILITY})  # tasks whose answers are numbers, not classes


class Loss(StrEnum):
    """How wrong one answer is, from 0 (right) to 1."""

    ZERO_ONE = "zero_one"
    SQUARED = "squared"
    ABSOLUTE = "absolute"
    LOG_LOSS = "log_loss"
    WORD_ERROR_RATE = "word_error_rate"


OF_REALS: Final = frozenset({Loss.SQUARED, Loss.ABSOLUTE, Loss.LOG_LOSS})  # answers are float64, not class indexes
LEAST_CHANCE: Final = 0.01  # what the log loss takes for a smaller chance of what came true, or nothing would bound it


@dataclass(frozen=True)
class Sample:
    """Everything hidden about n rows. It lives on the trusted side only.

    ``labels`` (n,) class indexes, or real values; zeros for transcription. ``weights`` (n,) above 0, None when every
    row counts 1. ``units`` (n,) numbers of what is independent, from 0; None when the row is the unit.
    ``candidate_losses`` (k, n) loss of candidate answer column j on each row: in transcription an *answer* is a column
    index, 0 the hosted one. ``positive`` the class index that false-negative and false-positive rates are about.
    ``value_range`` scales squared and absolute losses: an error of high - low or more has loss 1.

    Where answers are chances of the positive class, labels are 0.0 and 1.0 and ``positive`` is 1; the log loss is
    always of chances, the squared loss (then Brier's score) where ``positive`` says so.

    Raises:
        ScoringError: on wrong lengths, dtypes, NaN, weights that are not above 0, or a range that is empty.

    Example:
        >>> sample = Sample(Loss.ZERO_ONE, np.array([0, 1, 1], dtype=np.int32))
        >>> sample.losses(np.array([0, 0, 1], dtype=np.int32)).tolist()
        [0.0, 1.0, 0.0]
    """

    loss: Loss
    labels: Answers
    weights: Floats | None = None
    units: Codes | None = None
    candidate_losses: Floats | None = None
    positive: int | None = None
    value_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.labels.ndim != 1 or len(self.labels) == 0:
            raise WrongLengthError("A sample needs one label a row and at least one row.")
        check_answers("labels", self.labels, len(self.labels), real=self.loss in OF_REALS)
        self._check_rows()
        if self.loss is Loss.WORD_ERROR_RATE:
            self._check_candidates()
        if self.loss in {Loss.SQUARED, Loss.ABSOLUTE}:
            low, high = self.value_range or (0.0, 0.0)
            if not 0 < high - low < np.inf:
                raise OutOfRangeError("This loss needs a value range whose low end is below its high end.")
        if self.loss is Loss.LOG_LOSS and self.positive != 1:
            raise OutOfRangeError("The log loss is of chances: labels are 0 and 1, and 1 is the positive one.")
        if self.is_of_chances and not np.isin(self.labels, (0.0, 1.0)).all():
            raise OutOfRangeError("Where answers are chances, labels are 0 or 1.")

    def _check_rows(self) -> None:
        if self.weights is not None:
            check_answers("weights", self.weights, self.n, real=True)
            if not self.weights.min() > 0:
                raise OutOfRangeError("Row weights must be above 0.")
        if self.units is not None:
            check_answers("units", self.units, self.n, real=False)
            if self.units.min() < 0:
                raise OutOfRangeError("Unit numbers must not be negative.")

    def _check_candidates(self) -> None:
        losses = self.candidate_losses
        if losses is None or losses.ndim != 2 or losses.shape[1] != self.n or losses.shape[0] == 0:
            raise WrongLengthError("Word error rate needs the losses of each candidate column, one a row.")
        if not (losses.min() >= 0 and losses.max() <= 1):
            raise OutOfRangeError("Candidate losses must lie between 0 and 1.")

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.labels)

    @property
    def is_of_chances(self) -> bool:
        """Whether answers are chances of the positive class."""
        return self.loss in OF_REALS and self.positive is not None

    @property
    def is_counted(self) -> bool:
        """Whether sums of losses are whole numbers of rows: 0/1 loss and no weights."""
        return self.loss is Loss.ZERO_ONE and self.weights is None

    @property
    def total_weight(self) -> float:
        """The sum of the row weights; n where there are none."""
        return float(self.n) if self.weights is None else float(self.weights.sum())

    def take(self, rows: NDArray[np.int64]) -> "Sample":
        """The sample of the given row positions, in that order. Unit numbers are kept."""
        return Sample(
            self.loss,
            self.labels[rows],
            None if self.weights is None else self.weights[rows],
            None if self.units is None else self.units[rows],
            None if self.candidate_losses is None else self.candidate_losses[:, rows],
            self.positive,
            self.value_range,
        )

    def losses(self, answers: Answers) -> Floats:
        """The loss of each row's answer: (n,) in [0, 1].

        Raises:
            ScoringError: for answers of the wrong length or dtype, NaN, infinity, or a candidate that does not exist.
        """
        check_answers("answers", answers, self.n, real=self.loss in OF_REALS)
        if self.is_of_chances and not (answers.min() >= 0 and answers.max() <= 1):
            raise OutOfRangeError("A chance lies between 0 and 1.")
        return _LOSSES[self.loss](self, answers)

    @property
    def is_positive(self) -> Bools:
        """Which labels (n,) are of the positive class."""
        return np.asarray(self.labels == self.positive)

    def selected(self, answers: Answers) -> Bools:
        """Which answers (n,) choose the positive class: a chance does from one half on."""
        check_answers("answers", answers, self.n, real=self.loss in OF_REALS)
        return np.asarray(answers >= 0.5 if self.is_of_chances else answers == self.positive)


def _zero_one(sample: Sample, answers: Answers) -> Floats:
    return np.asarray(answers != sample.labels, dtype=np.float64)


def _absolute(sample: Sample, answers: Answers) -> Floats:
    assert sample.value_range is not None  # checked when the sample was made
    low, high = sample.value_range
    with np.errstate(over="ignore"):  # two far ends of float64 are infinitely far apart, and clipped to 1
        return np.minimum(np.abs(sample.labels - answers) / (high - low), 1.0)


def _squared(sample: Sample, answers: Answers) -> Floats:
    return np.asarray(_absolute(sample, answers) ** 2)


def _log_loss(sample: Sample, answers: Answers) -> Floats:
    """Of the chance given to what came true, cut at ``LEAST_CHANCE`` and scaled so that it is 1 there."""
    given = np.where(sample.labels == 1, answers, 1 - answers)
    return np.log(np.maximum(given, LEAST_CHANCE)) / log(LEAST_CHANCE)


def _routed(sample: Sample, answers: Answers) -> Floats:
    assert sample.candidate_losses is not None  # checked when the sample was made
    if answers.min() < 0 or answers.max() >= len(sample.candidate_losses):
        raise OutOfRangeError(f"An answer must name one of the {len(sample.candidate_losses)} candidate columns.")
    return np.asarray(sample.candidate_losses[answers.astype(np.intp), np.arange(sample.n)])


_LOSSES: Final[Mapping[Loss, Callable[[Sample, Answers], Floats]]] = {
    Loss.ZERO_ONE: _zero_one,
    Loss.SQUARED: _squared,
    Loss.ABSOLUTE: _absolute,
    Loss.LOG_LOSS: _log_loss,
    Loss.WORD_ERROR_RATE: _routed,
}


def check_answers(name: str, values: NDArray[np.generic], n: int, *, real: bool) -> None:
    """Refuse anything but (n,) class indexes (integers) or, where ``real``, (n,) finite float64."""
    if values.ndim != 1 or len(values) != n:
        raise WrongLengthError(f"{name.capitalize()} must have one entry for each of the {n} rows.")
    if real:
        if values.dtype != np.float64:
            raise WrongTypeError(f"{name.capitalize()} must be 64-bit floats, not {values.dtype}.")
        if not np.isfinite(values).all():
            raise NotFiniteError(f"{name.capitalize()} must not contain NaN or infinity.")
    elif not np.issubdtype(values.dtype, np.integer):
        raise WrongTypeError(f"{name.capitalize()} must be whole numbers, not {values.dtype}.")


def check_losses(losses: Floats, n: int) -> None:
    """Refuse anything but (n,) float64 in [0, 1]; NaN is refused too."""
    if losses.ndim != 1 or len(losses) != n:
        raise WrongLengthError(f"There must be one loss for each of the {n} rows.")
    if losses.dtype != np.float64:
        raise WrongTypeError(f"Losses must be 64-bit floats, not {losses.dtype}.")
    if not (losses.min() >= 0 and losses.max() <= 1):
        raise NotFiniteError("Losses must be numbers between 0 and 1.") if np.isnan(losses).any() else _out_of_range()


def _out_of_range() -> ScoringError:
    return OutOfRangeError("Losses must lie between 0 and 1.")
