"""What an ONNX model is fed, from the columns of the table: the one encoding of features for model files.

Each input of the model is one of these; a model may have several, and need not use every column.

* An input **named after a column** gets that column, as ``(rows, 1)``, or ``(rows,)`` where the model declares one
  axis. Exporters may not keep every character of a name: all but letters and digits count as underscores.
* An input of **any other name** gets a matrix: of numbers, all number columns in the order of the data dictionary,
  ``(rows, number columns)``; of strings, all text columns likewise.

Numbers come as the type that the model declares; a missing one is NaN, which only floats can hold. Text comes as
strings; a missing one is the empty string.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

STRING: Final = "tensor(string)"
NUMBERS: Final = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(int16)": np.int16,
    "tensor(int8)": np.int8,
    "tensor(uint64)": np.uint64,
    "tensor(uint32)": np.uint32,
    "tensor(uint16)": np.uint16,
    "tensor(uint8)": np.uint8,
    "tensor(bool)": np.bool_,
}


class InvalidModelError(Exception):
    """The model cannot be loaded, fed or run."""


class Input(Protocol):
    """An input as the runtime describes it: axes are numbers where fixed, else names or None."""

    name: str
    type: str
    shape: Sequence[int | str | None]


@dataclass(frozen=True)
class Feed:
    """One input's rows: ``values`` (n,) or (n, columns)."""

    name: str
    values: NDArray[np.generic]


def feeds_of(inputs: Sequence[Input], frame: pd.DataFrame) -> list[Feed]:
    """What each input gets. Raises InvalidModelError where an input asks for something that no column is."""
    if not inputs:
        raise InvalidModelError("the model has no inputs, so it cannot tell one row from another")
    return [Feed(given.name, _values(given, frame)) for given in inputs]


def fixed_rows(inputs: Sequence[Input]) -> int | None:
    """The number of rows that the model takes at once, where its export has fixed one."""
    fixed = {given.shape[0] for given in inputs if given.shape and isinstance(given.shape[0], int)}
    if len(fixed) > 1:
        raise InvalidModelError("the inputs of the model want different numbers of rows")
    return next((axis for axis in fixed if isinstance(axis, int)), None)


def _values(given: Input, frame: pd.DataFrame) -> NDArray[np.generic]:
    if given.type != STRING and given.type not in NUMBERS:
        raise InvalidModelError(f"input {given.name!r} is of type {given.type}; numbers and strings can be fed")
    if len(given.shape) not in {1, 2}:
        raise InvalidModelError(f"input {given.name!r} has {len(given.shape)} axes; one or two can be fed")
    names = _columns(given, frame)
    width = given.shape[1] if len(given.shape) == 2 else 1
    if isinstance(width, int) and width != len(names):
        fed = ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
        raise InvalidModelError(f"input {given.name!r} takes {width} columns, and would be fed {len(names)}: {fed}")
    columns = [_column(given, frame[name]) for name in names]
    if len(given.shape) == 1:
        return columns[0]
    return np.stack(columns, axis=1)


def _named(name: str, frame: pd.DataFrame) -> str | None:
    """The column that an input of this name means."""
    if name in frame.columns:
        return name
    return next((column for column in map(str, frame.columns) if _plain(column) == _plain(name)), None)


def _plain(name: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "_", name)


def _columns(given: Input, frame: pd.DataFrame) -> list[str]:
    """The columns of one input: the one that it is named after, or all of its kind."""
    if named := _named(given.name, frame):
        return [named]
    of_text = given.type == STRING
    names = [str(name) for name in frame.columns if _is_text(frame[name]) == of_text]
    if not names:
        kind = "text" if of_text else "number"
        raise InvalidModelError(f"input {given.name!r} is named after no column, and there are no {kind} columns")
    return names


def _is_text(series: "pd.Series") -> bool:
    return isinstance(series.dtype, pd.CategoricalDtype)


def _column(given: Input, series: "pd.Series") -> NDArray[np.generic]:
    if given.type == STRING:
        if not _is_text(series):
            raise InvalidModelError(f"input {given.name!r} wants strings, and column {series.name!r} holds numbers")
        words = np.array([*series.cat.categories, ""], dtype=object)  # code -1, a missing text, picks the last
        return words[series.cat.codes.to_numpy()]
    if _is_text(series):
        raise InvalidModelError(f"input {given.name!r} wants numbers, and column {series.name!r} holds text")
    return _numbers(given, series)


def _numbers(given: Input, series: "pd.Series") -> NDArray[np.generic]:
    values, wanted = series.to_numpy(), np.dtype(NUMBERS[given.type])
    with np.errstate(all="ignore"):  # what does not fit is looked for below
        cast = values.astype(wanted)
    if wanted.kind != "f" and not np.array_equal(cast.astype(np.float64), values.astype(np.float64)):
        said = f"input {given.name!r} is of type {given.type}, which cannot hold every value of {series.name!r}"
        raise InvalidModelError(f"{said}; declare it as float")
    return cast
