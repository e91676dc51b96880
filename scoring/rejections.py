"""False-rejection rates held together between named groups, by reductions (Agarwal et al. 2018).

A constrained problem becomes a few ordinary ones: the same estimator on the same rows, with labels and weights that
multipliers tell. What their authors answer with is drawn at random among the models found; here each model found is an
option by itself, so that one person is answered the same twice. It is kept as its multipliers, from which the same
labels and weights, and so the same model, come again. Whether an option keeps the bound is measured on rows it has not
seen, since a single one of the models found need not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from fairlearn.reductions import ExponentiatedGradient, TruePositiveRateParity
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scoring.errors import OutOfRangeError
from scoring.losses import Sample, Task
from scoring.recipes import Recipe, RecipeError, Trained, train
from scoring.tables import Table, TextColumn
from scoring.types import Answers, Bools, Codes, Floats

NOT_STATED: Final = "not stated"
MIN_POSITIVES: Final = 30  # of a named group: fewer tell nothing of its rate
MOST_GROUPS: Final = 20
ITERATIONS: Final = 10


@dataclass(frozen=True)
class Bound:
    """False-rejection rates ``within`` so much of each other between the groups that a ``column`` names.

    Raises:
        OutOfRangeError: for a bound that is not between 0 and 1.
    """

    column: str
    within: float

    def __post_init__(self) -> None:
        if not 0 < self.within < 1:
            raise OutOfRangeError("False-rejection rates are held within more than 0 and less than 1.")


@dataclass(frozen=True)
class Named:
    """The groups that a column names: the group of each row, ``codes`` (n,) into ``names``."""

    names: tuple[str, ...]
    codes: Codes

    def take(self, rows: NDArray[np.int64]) -> "Named":
        """The same of the rows at those positions."""
        return Named(self.names, self.codes[rows])


def named_groups(table: Table, column: str) -> Named:
    """The group of every row by a column's values; rows without one are a group of their own.

    Raises:
        RecipeError: where there is no such column, or it names one group or more than 20.

    Example:
        >>> from scoring.tables import encode
        >>> found = named_groups(encode(pd.DataFrame({"sex": ["M", None, "F"]}), ("sex",)), "sex")
        >>> found.names, found.codes.tolist()
        (('F', 'M', 'not stated'), [1, 2, 0])
    """
    if column not in table.names:
        raise RecipeError(f"There is no column {column} to name groups by.")
    held = table[column]
    if isinstance(held, TextColumn):
        names, codes = [*held.categories, NOT_STATED], np.where(held.codes < 0, len(held.categories), held.codes)
    else:
        values, codes = np.unique(held.values, return_inverse=True)  # equal NaNs are one value
        names = [NOT_STATED if np.isnan(value) else f"{value:g}" for value in values]
    present = np.unique(codes)
    if not 2 <= len(present) <= MOST_GROUPS:
        raise RecipeError(f"The column {column} must name 2 to {MOST_GROUPS} groups, not {len(present)}.")
    return Named(tuple(names[place] for place in present), np.searchsorted(present, codes).astype(np.int32))


@dataclass(frozen=True)
class Rejections:
    """False-rejection rates by group, each with its number of positive rows, and the bound that they are held to."""

    rates: Mapping[str, tuple[float, int]]
    within: float

    @property
    def gap(self) -> float:
        """How far the largest rate lies from the smallest; 0 where there are no two to compare."""
        rates = [rate for rate, _ in self.rates.values()]
        return max(rates) - min(rates) if len(rates) > 1 else 0.0

    @property
    def excess(self) -> float:
        """How far the gap goes beyond the bound; 0 where the bound holds."""
        return max(0.0, self.gap - self.within)

    def to_json(self, column: str) -> dict[str, Any]:
        """As stored and shown."""
        groups = [{"name": name, "rate": rate, "positives": n} for name, (rate, n) in self.rates.items()]
        held = {"is_measured": len(groups) > 1, "holds": self.excess == 0}
        return {"column": column, "within": self.within, "gap": self.gap, "groups": groups, **held}


def rejections(sample: Sample, losses: Floats, named: Named, judging: Bools, within: float) -> Rejections:
    """The rates on the positive ``judging`` rows (n,), of the groups that have 30 of them; ``losses`` (n,) are 0 or 1.

    Example:
        >>> from scoring.losses import Loss
        >>> sample = Sample(Loss.ZERO_ONE, np.ones(80, dtype=np.int32), positive=1)
        >>> named = Named(("F", "M"), (np.arange(80) % 2).astype(np.int32))
        >>> found = rejections(sample, np.arange(80) % 2 * 1.0, named, np.ones(80, dtype=bool), 0.1)
        >>> found.rates, found.gap
        ({'F': (0.0, 40), 'M': (1.0, 40)}, 1.0)
    """
    weights = np.ones(sample.n) if sample.weights is None else sample.weights
    rates = {}
    for code, name in enumerate(named.names):
        rows = judging & sample.is_positive & (named.codes == code)
        if np.count_nonzero(rows) >= MIN_POSITIVES:
            rates[name] = float(np.average(losses[rows], weights=weights[rows])), int(np.count_nonzero(rows))
    return Rejections(rates, within)


@dataclass(frozen=True)
class Reduction:
    """Training rows (n,) of a binary task, whose false rejections are to be held ``within``; class 0 or 1 is positive.

    A named group with few positive rows is counted with the largest: a rate of few rows would lead anywhere.
    """

    recipe: Recipe
    table: Table
    labels: Answers
    weights: Floats | None
    named: Named
    positive: int
    within: float

    def models(self) -> Iterator[tuple[list[float], Trained]]:
        """Every model found on the way, with its multipliers; none where no two groups can be compared."""
        groups = self._groups()
        if len(np.unique(groups)) < 2:
            return
        found = ExponentiatedGradient(_Learner(self), self._parity(), max_iter=ITERATIONS)
        with threadpool_limits(1):
            found.fit(_numbers(self.table.n_rows), self._goals(), sensitive_features=groups)
        for place, learner in found.predictors_.items():
            if isinstance(learner, _Learner):  # else one answer for all, which rejects nobody or everybody
                yield [float(each) for each in found.lambda_vecs_[place]], learner.trained

    def model(self, multipliers: list[float]) -> Trained:
        """The one model that has those multipliers.

        Raises:
            RecipeError: where they are not as many as the groups ask for.
        """
        parity = self._parity()
        error = parity.default_objective()
        for each in (parity, error):
            each.load_data(_numbers(self.table.n_rows), self._goals(), sensitive_features=self._groups())
        if len(multipliers) != len(parity.index):
            raise RecipeError(f"The stored patch has {len(multipliers)} multipliers, not {len(parity.index)}.")
        signed = error.signed_weights() + parity.signed_weights(pd.Series(multipliers, index=parity.index))
        weights = signed.abs()
        return self.fit((signed > 0).to_numpy(), (self.table.n_rows * weights / weights.sum()).to_numpy())

    def fit(self, selected: Bools, weights: Floats) -> Trained:
        """The recipe trained to choose the positive class where ``selected`` (n,); ``weights`` (n,) may be 0."""
        weights = weights if self.weights is None else weights * self.weights
        rows = np.flatnonzero(weights > 0)
        labels = np.where(selected, self.positive, 1 - self.positive).astype(np.int32)[rows]
        table = self.table.take(rows)
        return train(self.recipe, table, labels, task=Task.BINARY, n_classes=2, weights=weights[rows])

    def _parity(self) -> Any:
        # Each group's rate is held to everyone's, so that two groups' lie within twice as much.
        return TruePositiveRateParity(difference_bound=self.within / 2)

    def _goals(self) -> NDArray[np.int64]:
        return np.asarray(self.labels == self.positive, dtype=np.int64)

    def _groups(self) -> NDArray[np.int32]:
        positives = np.bincount(self.named.codes[self._goals() == 1], minlength=len(self.named.names))
        few = np.flatnonzero(positives < MIN_POSITIVES)
        return np.where(np.isin(self.named.codes, few), positives.argmax(), self.named.codes).astype(np.int32)


def _numbers(n: int) -> NDArray[np.int64]:
    """Rows by their number (n, 1), which is all that the reduction is told of them."""
    return np.arange(n)[:, np.newaxis]


class _Learner:
    """A recipe as fairlearn takes an estimator: it is given row numbers, and looks the rows up."""

    def __init__(self, reduction: Reduction) -> None:
        self._reduction = reduction
        self.trained: Trained

    def __deepcopy__(self, memo: object) -> "_Learner":
        return _Learner(self._reduction)

    def fit(self, X: Any, y: Any, sample_weight: Any) -> "_Learner":
        self.trained = self._reduction.fit(np.asarray(y) == 1, np.asarray(sample_weight, dtype=np.float64))
        self._selected = self.trained.answers(self._reduction.table) == self._reduction.positive
        return self

    def predict(self, X: Any) -> NDArray[np.int64]:
        return np.asarray(self._selected[np.asarray(X)[:, 0].astype(np.int64)], dtype=np.int64)
