"""Rows that somebody sends to be predicted: from JSON objects to the platform's encoding, or a refusal."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from bounty.errors import Invalid
from bounty.models import Competition, DataColumn
from scoring.tables import Table, encode

MAX_ROWS: Final = 1000
MAX_TEXT: Final = 10_000
_LARGEST: Final = 1e300
_EXACT: Final = 2**53


@dataclass(frozen=True)
class GivenRows:
    """The rows as models take them, and as they came: for columns that hold others' answers."""

    table: Table
    frame: pd.DataFrame


def read_rows(competition: Competition, rows: list[dict[str, Any]]) -> GivenRows:
    """Every feature must be named, null where it is missing; columns of predictions may be. Raises ``Invalid``."""
    if not 0 < len(rows) <= MAX_ROWS:
        sentence = f"Send 1 to {MAX_ROWS:,} rows, not {len(rows):,}."
        raise Invalid("ROWS_TOO_MANY", sentence, field="rows", limit=MAX_ROWS, rows=len(rows))
    roles = (DataColumn.Role.FEATURE, DataColumn.Role.PREDICTION)
    columns = list(competition.data_columns.filter(role__in=roles).order_by("position"))
    features = tuple(column.name for column in columns if column.role == DataColumn.Role.FEATURE)
    for position, row in enumerate(rows):
        _check_names(position, row, needed=set(features), known={column.name for column in columns})
    frame = pd.DataFrame({column.name: _series(column, rows) for column in columns})
    return GivenRows(encode(frame, features), frame)


def _check_names(position: int, row: dict[str, Any], *, needed: set[str], known: set[str]) -> None:
    if missing := sorted(needed - set(row)):
        sentence = f"Row {position} does not say its {missing[0]}; send null where it is not known."
        raise Invalid("ROW_INCOMPLETE", sentence, field=f"rows.{position}", column=missing[0])
    if unknown := sorted(set(row) - known):
        sentence = f"Row {position} has a column {unknown[0][:60]!r} that the model does not take."
        raise Invalid("ROW_COLUMN_UNKNOWN", sentence, field=f"rows.{position}")


def _series(column: DataColumn, rows: list[dict[str, Any]]) -> "pd.Series[Any]":
    is_number = column.kind == DataColumn.Kind.NUMBER
    check = _number if is_number else _text
    values = [check(row.get(column.name), position, column.name) for position, row in enumerate(rows)]
    if not is_number:
        return pd.Series(values, dtype=object)
    whole = all(isinstance(value, int) and abs(value) <= _EXACT for value in values)
    return pd.Series(values, dtype=np.int64 if whole else np.float64)


def _number(value: object, position: int, name: str) -> int | float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST
    if value is not None and not is_number:
        raise _wrong(position, name, "a number")
    return value  # type: ignore[return-value]  # checked above


def _text(value: object, position: int, name: str) -> str | None:
    if value is not None and not (isinstance(value, str) and len(value) <= MAX_TEXT):
        raise _wrong(position, name, f"text of at most {MAX_TEXT:,} characters")
    return value


def _wrong(position: int, name: str, kind: str) -> Invalid:
    sentence = f"In row {position}, {name} must be {kind}, or null."
    return Invalid("ROW_WRONG", sentence, field=f"rows.{position}.{name}")
