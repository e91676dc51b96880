"""Turns what an entrant's function returned into plain arrays, or says in words why that cannot be done."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Label = int | float | str


class InvalidOutputError(Exception):
    """What came back is not one valid answer for each row."""


class Row(dict[str, object]):
    """One row of the table for a function written for one: ``row["age"]`` or ``row.age``; missing text is None."""

    def __getattr__(self, name: str) -> object:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def records(frame: pd.DataFrame) -> Iterator[Row]:
    """The rows of the table, one by one, as plain Python values."""
    names = [str(name) for name in frame.columns]
    columns = [_plain(frame[name]) for name in frame.columns]
    for values in zip(*columns, strict=True):
        yield Row(zip(names, values, strict=True))


def _plain(series: "pd.Series") -> list[object]:
    if not isinstance(series.dtype, pd.CategoricalDtype):
        return series.to_numpy().tolist()
    words = [*series.cat.categories, None]  # code -1, a missing text, picks the last
    return [words[code] for code in series.cat.codes]


def one_dimension(value: object, n: int, index: pd.Index, what: str) -> NDArray[np.generic]:
    """``value`` as an array of shape (n,), its rows in the table's order."""
    if isinstance(value, pd.Series):
        if not value.index.equals(index):
            raise InvalidOutputError(f"{what} returned a Series whose index is not that of the rows it was given")
        if isinstance(value.dtype, pd.CategoricalDtype):
            value = value.astype(object)
        value = value.to_numpy()
    if not isinstance(value, np.ndarray | list | tuple | pd.Categorical | pd.api.extensions.ExtensionArray):
        raise InvalidOutputError(f"{what} returned {_article(type(value).__name__)}, not a Series, an array or a list")
    if len(value) != n:
        raise InvalidOutputError(f"{what} returned {len(value)} values for {n} rows")
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise InvalidOutputError(f"{what} returned values of different shapes") from error
    if array.ndim != 1:
        raise InvalidOutputError(f"{what} returned an array of {array.ndim} dimensions; one value a row is wanted")
    return array


def mask_of(value: object, n: int, index: pd.Index, what: str) -> NDArray[np.bool_]:
    """A group's answer: True or False for each row, nothing missing."""
    array = one_dimension(value, n, index, what)
    if array.dtype == object and all(isinstance(item, bool | np.bool_) for item in array):
        array = array.astype(bool)
    if array.dtype != np.bool_ and n:
        raise InvalidOutputError(f"{what} returned {_kind(array)}; True or False is wanted for each row")
    return array.astype(np.bool_)


def reals_of(value: object, n: int, index: pd.Index, what: str) -> NDArray[np.float64]:
    """A patch's answer to a regression task: a finite number for each row."""
    array = one_dimension(value, n, index, what)
    try:
        reals = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidOutputError(f"{what} returned {_kind(array)}; a number is wanted for each row") from error
    if not np.isfinite(reals).all():
        raise InvalidOutputError(f"{what} returned NaN or infinity for row {int(np.argmin(np.isfinite(reals)))}")
    return reals


def class_codes(value: object, n: int, index: pd.Index, classes: Sequence[Label]) -> NDArray[np.int32]:
    """A patch's answer to a classification task: one of the labels for each row, as its place among them."""
    array = one_dimension(value, n, index, "predict")
    place = {label: code for code, label in enumerate(classes)}
    codes = np.fromiter((_place(item, place) for item in array.tolist()), dtype=np.int32, count=n)
    if n and codes.min() < 0:
        row = int(np.argmin(codes))
        raise InvalidOutputError(
            f"predict returned {str(array[row])[:80]!r} for row {row}, which is not one of the labels"
        )
    return codes


def _place(item: object, place: dict[Label, int]) -> int:
    try:
        return place.get(item, -1)  # type: ignore[call-overload, no-any-return]  # anything hashable may be looked up
    except TypeError:
        return -1


def _kind(array: NDArray[np.generic]) -> str:
    return "a mix of values" if array.dtype == object else f"values of type {array.dtype}"


def _article(name: str) -> str:
    return "nothing (None)" if name == "NoneType" else f"a {name}"
