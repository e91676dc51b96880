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


def class_codes(
    value: object, n: int, index: pd.Index, classes: Sequence[Label], what: str = "predict"
) -> NDArray[np.int32]:
    """A patch's answer to a classification task: for each row one of the labels, as its place among them.

    Instead of labels it may return a score for each class, ``(n, classes)`` in the order of the labels: the largest
    counts, the first of equal ones. Of two classes ``(n,)`` floats are the second one's probability, unless the labels
    are numbers other than 0 and 1, which floats may be themselves.
    """
    if isinstance(value, np.ndarray) and value.ndim == 2:
        return _likeliest(value, n, classes, what)
    array = one_dimension(value, n, index, what)
    if array.dtype.kind == "f" and len(classes) == 2 and (set(classes) == {0, 1} or _are_text(classes)):
        return _above_half(array, what)
    place = places_of(classes)
    codes = np.fromiter((_place(item, place) for item in array.tolist()), dtype=np.int32, count=n)
    if n and codes.min() < 0:
        row = int(np.argmin(codes))
        raise InvalidOutputError(
            f"{what} returned {str(array[row])[:80]!r} for row {row}, which is not one of the labels"
        )
    return codes


def places_of(classes: Sequence[Label]) -> dict[Label, int]:
    """The code of each label; where labels are text, a class may be named by its number too."""
    places: dict[Label, int] = {label: code for code, label in enumerate(classes)}
    if _are_text(classes):
        places |= {code: code for code in range(len(classes))}
    return places


def _are_text(classes: Sequence[Label]) -> bool:
    return all(isinstance(label, str) for label in classes)


def _likeliest(scores: NDArray[np.generic], n: int, classes: Sequence[Label], what: str) -> NDArray[np.int32]:
    if scores.shape != (n, len(classes)) or scores.dtype.kind not in "fiu":
        shape = " by ".join(map(str, scores.shape))
        raise InvalidOutputError(
            f"{what} returned {_kind(scores)}, {shape}, for {n} rows; scores are numbers, one for each of the "
            f"{len(classes)} classes"
        )
    _refuse_nan(scores, what)
    return np.asarray(np.argmax(scores, axis=1), dtype=np.int32)


def _above_half(chances: NDArray[np.generic], what: str) -> NDArray[np.int32]:
    """The second class where its probability is above a half."""
    _refuse_nan(chances, what)
    reals = chances.astype(np.float64)
    outside = (reals < 0) | (reals > 1)
    if outside.any():
        row = int(np.argmax(outside))
        raise InvalidOutputError(
            f"{what} returned {reals[row]:g} for row {row}: a label, or a probability from 0 to 1, is wanted"
        )
    return (reals > 0.5).astype(np.int32)


def _refuse_nan(numbers: NDArray[np.generic], what: str) -> None:
    missing = np.isnan(numbers.astype(np.float64)).reshape(len(numbers), -1).any(axis=1)
    if missing.any():
        raise InvalidOutputError(f"{what} returned NaN for row {int(np.argmax(missing))}")


def _place(item: object, place: dict[Label, int]) -> int:
    try:
        return place.get(item, -1)  # type: ignore[call-overload, no-any-return]  # anything hashable may be looked up
    except TypeError:
        return -1


def _kind(array: NDArray[np.generic]) -> str:
    return "a mix of values" if array.dtype == object else f"values of type {array.dtype}"


def _article(name: str) -> str:
    return "nothing (None)" if name == "NoneType" else f"a {name}"
