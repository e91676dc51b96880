"""Columns as small whole numbers that a tree can be grown on, and the way back to a predicate that says the same.

A tree of scikit-learn compares in float32; codes below 32,768 are exact there, and every code's edge is a value of the
column. So a leaf and its predicate pick the same rows, to the bit.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scoring.predicates import Predicate
from scoring.predicates.tree import Compare, In, Missing, Node, Not, Operator, Value, conjunction, exact_number
from scoring.tables import NumberColumn, Table, TextColumn
from scoring.types import Bools, Floats

MOST_EDGES: Final = 64  # of one number column
MOST_VALUES: Final = 40  # of one text column that are told apart, the commonest first
MOST_ORDERED: Final = 200  # categories of a column whose order by harm is offered too
LEAST_ROWS: Final = 5  # of a category that is told apart
Interval: TypeAlias = tuple[int, int]  # codes above the first and up to the second
WHOLE: Final = (-(1 << 15), 1 << 15)
MISSING: Final = -1  # the code of a missing number


@dataclass(frozen=True)
class Numbers:
    """A number column: code k for the values up to ``edges[k]``, ``MISSING`` below them all."""

    column: str
    edges: tuple[float, ...]
    codes: NDArray[np.int16]
    has_missing: bool

    def tests(self, interval: Interval) -> list[Node]:
        low, high = interval
        if low < MISSING and self.has_missing:  # missing values are among them
            if high < 0:
                return [Missing(self.column)]
            return [Not(self._test(Operator.MORE, high))] if high < len(self.edges) else []
        found: list[Node] = [self._test(Operator.MORE, low)] if low >= 0 else []
        if high < len(self.edges):
            found.append(self._test(Operator.AT_MOST, high))
        return found or ([Missing(self.column, negated=True)] if self.has_missing else [])

    def _test(self, operator: Operator, edge: int) -> Node:
        number = exact_number(self.edges[edge])
        assert number is not None  # edges are finite
        return Compare(self.column, operator, number)


@dataclass(frozen=True)
class Texts:
    """A text column with a code for each of its ``categories``, and a last one for missing text."""

    column: str
    categories: tuple[str, ...]
    ranks: NDArray[np.int16]
    codes: NDArray[np.int16]
    has_missing: bool

    def allowed(self, interval: Interval) -> NDArray[np.bool_]:
        """Which categories, and last whether missing text, lie in the interval."""
        return np.asarray((self.ranks > interval[0]) & (self.ranks <= interval[1]))


Feature: TypeAlias = Numbers | Texts


@dataclass(frozen=True)
class Coded:
    """The features of a table, each with one code a row."""

    features: tuple[Feature, ...]

    @property
    def matrix(self) -> NDArray[np.float32]:
        """The codes (n, features)."""
        return np.stack([feature.codes for feature in self.features], axis=1).astype(np.float32)

    def mask(self, path: "Path") -> Bools:
        """The rows (n,) whose codes lie in every interval of the path."""
        inside = np.ones(len(self.features[0].codes), dtype=np.bool_)
        for place, (low, high) in path.items():
            codes = self.features[place].codes
            inside &= (codes > low) & (codes <= high)
        return inside

    def predicate(self, path: "Path") -> Predicate:
        """The predicate that picks the same rows; the path must have tests."""
        return Predicate(conjunction(tuple(self.tests(path))))

    def tests(self, path: "Path") -> list[Node]:
        """The same as a list of tests; empty where the path holds for everyone."""
        found: list[Node] = []
        texts: dict[str, list[tuple[Texts, Interval]]] = {}
        for place, interval in sorted(path.items()):
            feature = self.features[place]
            if isinstance(feature, Numbers):
                found += feature.tests(interval)
            else:
                texts.setdefault(feature.column, []).append((feature, interval))
        return [*(test for about in texts.values() for test in _among(about)), *found]


Path: TypeAlias = dict[int, Interval]  # by the feature's place


def coded(table: Table, harms: Floats | None = None) -> Coded:
    """The table's features; with ``harms`` (n_rows,) text columns also in the order of their mean harm, NaN unknown.

    Example:
        >>> import pandas as pd
        >>> from scoring.tables import encode
        >>> found = coded(encode(pd.DataFrame({"age": [30.0, None, 50.0, 70.0]}), ("age",)))
        >>> found.features[0].codes.tolist(), found.predicate({0: (0, 1)}).to_text()
        ([0, -1, 1, 2], 'age > 30 and age <= 50')
    """
    features: list[Feature] = []
    for column in table:
        if isinstance(column, NumberColumn):
            features += _numbers(column)
        else:
            features += _texts(column, harms)
    return Coded(tuple(features))


def edges_of(values: Floats, most: int) -> Floats:
    """At most ``most`` values that cut the column into parts of like size; the largest value cuts nothing."""
    present = values[np.isfinite(values)]
    known = np.unique(present)
    if len(known) > most + 1:
        known = np.unique(np.quantile(present, np.linspace(0, 1, most + 2)[1:], method="lower"))
    return np.asarray(known[known < present.max()]) if len(present) else known


def _numbers(column: NumberColumn) -> list[Feature]:
    values = column.values.astype(np.float64)
    edges, absent = edges_of(values, MOST_EDGES), np.isnan(values)
    if len(edges) == 0 and not absent.any():
        return []
    codes = np.where(absent, MISSING, np.searchsorted(edges, values, side="left")).astype(np.int16)
    return [Numbers(column.name, tuple(edges.tolist()), codes, bool(absent.any()))]


def _texts(column: TextColumn, harms: Floats | None) -> list[Feature]:
    """Each common value against the others, and all values in the order of their mean harm."""
    places = len(column.categories) + 1  # missing is the last
    codes = np.where(column.codes < 0, places - 1, column.codes)
    counts = np.bincount(codes, minlength=places)
    commonest = np.argsort(-counts, kind="stable")[:MOST_VALUES]
    rankings = [np.arange(places) == code for code in sorted(commonest[counts[commonest] >= LEAST_ROWS].tolist())]
    if harms is not None and 4 <= places <= MOST_ORDERED:
        rankings.append(_by_harm(codes, harms, places))
    named = [ranks.astype(np.int16) for ranks in rankings]
    return [Texts(column.name, column.categories, ranks, ranks[codes], bool(counts[-1])) for ranks in named]


def _by_harm(codes: NDArray[np.integer], harms: Floats, places: int) -> NDArray[np.int64]:
    known = ~np.isnan(harms)
    counts = np.bincount(codes[known], minlength=places)
    sums = np.bincount(codes[known], weights=harms[known], minlength=places)
    # Shrunk towards everyone's mean, or the rarest values would stand at both ends.
    mean = float(harms[known].mean()) if known.any() else 0.0
    means = (sums + 10 * mean) / (counts + 10)
    means[-1] = -np.inf  # missing text is no value among others: it stands apart, below them
    ranks = np.empty(places, dtype=np.int64)
    ranks[np.argsort(means, kind="stable")] = np.arange(places)
    return ranks


def _among(about: list[tuple[Texts, Interval]]) -> list[Node]:
    """One test, or none, for the values of a text column that lie in all of its features' intervals."""
    column, categories, has_missing = about[0][0].column, about[0][0].categories, about[0][0].has_missing
    allowed = np.logical_and.reduce([feature.allowed(interval) for feature, interval in about])
    named = tuple(value for value, is_in in zip(categories, allowed, strict=False) if is_in)
    others = tuple(value for value, is_in in zip(categories, allowed, strict=False) if not is_in)
    if has_missing and not named:
        return [Missing(column)]
    if has_missing and allowed[-1]:  # only the negation of a test is true of missing text
        return [Not(_one_of(column, others))] if others else []
    if not others:
        return [Missing(column, negated=True)] if has_missing else []
    if has_missing or len(named) <= len(others):
        return [_one_of(column, named)]
    return [Compare(column, Operator.UNEQUAL, others[0]) if len(others) == 1 else In(column, others, negated=True)]


def _one_of(column: str, values: tuple[Value, ...]) -> Node:
    return Compare(column, Operator.EQUAL, values[0]) if len(values) == 1 else In(column, values)
