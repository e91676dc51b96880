"""Plain groups of people, found on public rows: demographic values, pairs of them, several of one column."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from bounty_client.answers import Column, Competition, Split
from scoring.types import Bools

MAX_VALUES: Final = 60  # of one text column; the rarest are left out
MAX_PAIRS: Final = 4000
_MARGIN: Final = 1.3  # hidden rows differ from public ones: stay this far from the smallest and the largest size
_OTHER_COLUMNS: Final = 12  # how many features stand in where no column is demographic
_FEW: Final = 12  # a number with at most so many values is treated by value, else by quarters


@dataclass(frozen=True)
class OneOf:
    """A column has one of some values."""

    column: str
    values: tuple[str | float, ...]

    def predicate(self) -> str:
        listed = ", ".join(_literal(value) for value in self.values)
        return f"{_name(self.column)} in ({listed})" if len(self.values) > 1 else f"{_name(self.column)} = {listed}"

    def python(self) -> str:
        return f"X[{self.column!r}].isin({list(self.values)!r}).to_numpy()"


@dataclass(frozen=True)
class Between:
    """A number lies between two ends, both included."""

    column: str
    low: float
    high: float

    def predicate(self) -> str:
        return f"{_name(self.column)} between {self.low!r} and {self.high!r}"

    def python(self) -> str:
        return f"X[{self.column!r}].between({self.low!r}, {self.high!r}).to_numpy()"


Condition = OneOf | Between


@dataclass(frozen=True)
class Group:
    """Conditions that hold together, with the public rows where they do (n,) and their share of the weight."""

    conditions: tuple[Condition, ...]
    mask: Bools
    weight: float

    def predicate(self) -> str:
        return " and ".join(condition.predicate() for condition in self.conditions)

    def python(self) -> str:
        """The same group as the source of a Python function."""
        return "def group(X):\n    return " + " & ".join(condition.python() for condition in self.conditions) + "\n"

    def words(self) -> str:
        return ", ".join(_words(condition) for condition in self.conditions)[:110]


@dataclass(frozen=True)
class Sizes:
    """What a competition asks of a group's size: as shares of all rows, and of all weight."""

    least_share: float
    most_weight: float

    @classmethod
    def of(cls, competition: Competition, splits: Iterable[Split]) -> "Sizes":
        sealed = next(split["rows"] for split in splits if split["name"] == "sealed")
        rules = competition["rules"]
        return cls(_MARGIN * rules["min_group_rows"] / sealed, rules["max_group_weight"] / (_MARGIN**0.5))

    def fit(self, group: Group) -> bool:
        return float(group.mask.mean()) >= self.least_share and group.weight <= self.most_weight


def plain_groups(
    frame: pd.DataFrame, columns: Sequence[Column], weights: "np.ndarray[Any, Any]", *, sizes: Sizes
) -> list[Group]:
    """The groups of allowed size, the heaviest first: single values, pairs of values, several values of a column."""
    singles = [
        _group((condition,), _holds(condition, frame), weights)
        for column in _described_by(columns)
        for condition in _conditions(frame, column)
    ]
    pairs = itertools.islice(_pairs(singles, weights, sizes), MAX_PAIRS)
    found = [group for group in (*singles, *_unions(singles, frame, weights, sizes), *pairs) if sizes.fit(group)]
    return sorted(found, key=lambda group: -group.weight)


def _described_by(columns: Sequence[Column]) -> list[Column]:
    """The demographic features; where there are none, some other features."""
    features = [column for column in columns if column["role"] == "feature"]
    return [column for column in features if column["demographic"]] or features[:_OTHER_COLUMNS]


def _conditions(frame: pd.DataFrame, column: Column) -> list[Condition]:
    name, known = column["name"], frame[column["name"]].dropna()
    counts = known.value_counts()
    if column["kind"] == "text":
        texts = sorted({str(value) for value in counts.index[:MAX_VALUES]})
        return [OneOf(name, (text,)) for text in texts] if len(counts) < len(known) / 2 else []
    if len(counts) <= _FEW:
        return [OneOf(name, (float(value),)) for value in sorted(counts.index)]
    ends = sorted({float(end) for end in np.quantile(known.to_numpy(dtype=np.float64), (0, 0.25, 0.5, 0.75, 1))})
    return [Between(name, low, high) for low, high in itertools.pairwise(ends)]


def _holds(condition: Condition, frame: pd.DataFrame) -> Bools:
    series = frame[condition.column]
    if isinstance(condition, Between):
        return np.asarray(series.between(condition.low, condition.high), dtype=np.bool_)
    if isinstance(condition.values[0], str):
        series = series.astype(object).map(str, na_action="ignore")
    return np.asarray(series.isin(condition.values), dtype=np.bool_)


def _pairs(singles: list[Group], weights: "np.ndarray[Any, Any]", sizes: Sizes) -> Iterable[Group]:
    large = [single for single in singles if float(single.mask.mean()) >= sizes.least_share]
    for one, other in itertools.combinations(large, 2):
        if one.conditions[0].column != other.conditions[0].column:
            yield _group(one.conditions + other.conditions, one.mask & other.mask, weights)


def _unions(
    singles: list[Group], frame: pd.DataFrame, weights: "np.ndarray[Any, Any]", sizes: Sizes
) -> Iterable[Group]:
    """Of each column with three values or more, its rarest together: up to the largest size, and up to half of it.

    Where values are many and small, as accents are, no one of them is large enough to certify.
    """
    for column, listed in itertools.groupby(singles, key=lambda single: single.conditions[0].column):
        rare = sorted(listed, key=lambda single: single.weight)
        if len(rare) < 3 or not isinstance(rare[0].conditions[0], OneOf):
            continue
        for share in (1.0, 0.5):
            within = np.cumsum([single.weight for single in rare]) <= share * sizes.most_weight
            values = [value for single in itertools.compress(rare, within) for value in _values(single)]
            if len(values) > 1:
                condition = OneOf(column, tuple(values))
                yield _group((condition,), _holds(condition, frame), weights)


def _values(single: Group) -> tuple[str | float, ...]:
    condition = single.conditions[0]
    return condition.values if isinstance(condition, OneOf) else ()


def _group(conditions: tuple[Condition, ...], mask: Bools, weights: "np.ndarray[Any, Any]") -> Group:
    return Group(conditions, mask, float(weights[mask].sum() / weights.sum()))


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _literal(value: str | float) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def _words(condition: Condition) -> str:
    if isinstance(condition, Between):
        return f"{condition.column} {condition.low:g} to {condition.high:g}"
    return f"{condition.column} {' or '.join(str(value) for value in condition.values)}"
