"""The fixed preprocessing of every recipe: a table to a matrix.

Text: one-hot, values on fewer than 20 training rows pooled, unknown values ignored, missing a value of its own.
Numbers: the median for what is missing, and an indicator for each column that has missing values in training;
infinite counts as missing. It is part of a recipe's version: any change here makes a new one.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from scoring.errors import ScoringError
from scoring.estimators import Encoding
from scoring.tables import Column, NumberColumn, Table, TextColumn
from scoring.types import Floats

MIN_CATEGORY_ROWS: Final = 20
_MISSING: Final = -1.0
_UNKNOWN: Final = -2.0
_FAR: Final = 1e30  # trees work in float32, scaling squares: numbers beyond are cut to it
_MAX_CATEGORIES: Final = 255  # of histogram boosting


class UnfitTableError(ScoringError):
    """A table without the columns that a model was trained on."""

    code = "UNFIT_TABLE"


@dataclass(frozen=True)
class Vocabulary:
    """The columns of the training table, and for text columns what each category is numbered.

    Categories are numbered by the training table's own codes, so that sorting, pooling and one-hot work on numbers
    and another table's codes, which count differently, are translated once a category.
    """

    columns: tuple[tuple[str, dict[str, int] | None], ...]

    @classmethod
    def of(cls, table: Table) -> "Vocabulary":
        """The vocabulary of a training table."""
        return cls(tuple((column.name, _numbered(column)) for column in table))

    def places(self, *, text: bool) -> list[int]:
        """The places of the text columns, or of the number columns."""
        return [place for place, (_, numbers) in enumerate(self.columns) if (numbers is not None) is text]

    def matrix(self, table: Table) -> Floats:
        """The table as (n_rows, columns) float64: numbers with NaN for missing, text as category numbers."""
        matrix = np.empty((table.n_rows, len(self.columns)), dtype=np.float64)
        for place, (name, numbers) in enumerate(self.columns):
            matrix[:, place] = _values(_column(table, name), numbers)
        return matrix


def _numbered(column: Column) -> dict[str, int] | None:
    if isinstance(column, NumberColumn):
        return None
    return {category: number for number, category in enumerate(column.categories)}


def _column(table: Table, name: str) -> Column:
    if name not in table.names:
        raise UnfitTableError(f"The table lacks the column {name} that the model was trained on.")
    return table[name]


def _values(column: Column, numbers: dict[str, int] | None) -> Floats:
    if isinstance(column, NumberColumn) and numbers is None:
        values = column.values.astype(np.float64)
        return np.clip(np.where(np.isfinite(values), values, np.nan), -_FAR, _FAR)
    if isinstance(column, TextColumn) and numbers is not None:
        # Code -1 reads the last place.
        translation = [float(numbers.get(category, _UNKNOWN)) for category in column.categories] + [_MISSING]
        return np.array(translation)[column.codes]
    raise UnfitTableError(f"The column {column.name} is not of the type that the model was trained on.")


def preprocessor(vocabulary: Vocabulary, encoding: Encoding) -> ColumnTransformer:
    """The unfitted transformer of the vocabulary's matrix; text columns come first in its output."""
    text = vocabulary.places(text=True)
    steps = [("text", _text_step(encoding), text), ("numbers", _number_step(encoding), vocabulary.places(text=False))]
    sparse = encoding in (Encoding.ONE_HOT, Encoding.ONE_HOT_SCALED)
    return ColumnTransformer(steps, sparse_threshold=1.0 if sparse else 0.0)


def _text_step(encoding: Encoding) -> Any:
    if encoding is Encoding.CATEGORIES:
        return OrdinalEncoder(
            min_frequency=MIN_CATEGORY_ROWS,
            max_categories=_MAX_CATEGORIES,
            handle_unknown="use_encoded_value",
            unknown_value=np.nan,
        )
    sparse = encoding is not Encoding.ONE_HOT_DENSE
    return OneHotEncoder(min_frequency=MIN_CATEGORY_ROWS, handle_unknown="ignore", sparse_output=sparse)


def _number_step(encoding: Encoding) -> Any:
    impute = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    return make_pipeline(impute, StandardScaler()) if encoding is Encoding.ONE_HOT_SCALED else impute
