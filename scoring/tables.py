"""One documented encoding of feature tables, the same in the box, in the local dry run and for predicates.

A number column is float64 (missing is NaN) or int64 (nothing missing); a truth value is int64 0 or 1. A text column is
int32 codes into a sorted tuple of categories (missing is code -1). Labels, ids and units are never part of a table.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.types import Codes


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers: ``values`` (n,) float64 or int64."""

    name: str
    values: NDArray[np.float64] | NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> "NumberColumn":
        return NumberColumn(self.name, self.values[rows])

    def to_series(self) -> "pd.Series":
        return pd.Series(self.values, name=self.name)


@dataclass(frozen=True)
class TextColumn:
    """A column of text: ``codes`` (n,) int32 into ``categories``, -1 where missing."""

    name: str
    codes: Codes
    categories: tuple[str, ...]

    def take(self, rows: NDArray[np.int64]) -> "TextColumn":
        return TextColumn(self.name, self.codes[rows], self.categories)

    def to_series(self) -> "pd.Series":
        index = pd.Index(np.asarray(self.categories, dtype=object), dtype=object)
        return pd.Series(pd.Categorical.from_codes(self.codes, categories=index), name=self.name)


Column = NumberColumn | TextColumn


@dataclass(frozen=True)
class Table:
    """Feature columns of equal length ``n_rows``, in a fixed order."""

    columns: tuple[Column, ...]
    n_rows: int

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def take(self, rows: NDArray[np.int64]) -> "Table":
        """The rows at the given positions, in that order."""
        return Table(tuple(column.take(rows) for column in self.columns), len(rows))

    def to_frame(self) -> pd.DataFrame:
        """The frame an entrant's function is given: a fresh RangeIndex, numpy-backed columns."""
        return pd.DataFrame({column.name: column.to_series() for column in self.columns}, index=range(self.n_rows))


def encode(frame: pd.DataFrame, features: tuple[str, ...]) -> Table:
    """The named feature columns of ``frame`` as a table; any other column is left behind.

    Example:
        >>> table = encode(pd.DataFrame({"age": [30, 41], "sex": ["F", None], "y": [0, 1]}), ("age", "sex"))
        >>> table.names, table["sex"].codes.tolist()
        (('age', 'sex'), [0, -1])
    """
    return Table(tuple(encode_column(name, frame[name]) for name in features), len(frame))


def encode_column(name: str, series: pd.Series) -> Column:
    """One pandas column in the encoding described at the top of this module."""
    if pd.api.types.is_bool_dtype(series.dtype) and not series.hasnans:
        return NumberColumn(name, series.to_numpy(dtype=np.int64))
    if pd.api.types.is_integer_dtype(series.dtype) and not series.hasnans:
        return NumberColumn(name, series.to_numpy(dtype=np.int64))
    if pd.api.types.is_numeric_dtype(series.dtype):
        return NumberColumn(name, series.to_numpy(dtype=np.float64, na_value=np.nan))
    # One pass over the rows; the rest is done once a value. A missing value has place -1, which is the last entry.
    places, values = pd.factorize(series)
    names = [str(value) for value in values]
    categories = tuple(sorted(set(names)))
    position = {category: code for code, category in enumerate(categories)}
    codes = np.array([*(position[name] for name in names), -1], dtype=np.int32)
    return TextColumn(name, codes[places], categories)
