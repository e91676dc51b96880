"""What is independent: rows, or the units (speakers, patients, templates) that rows belong to."""

import numpy as np
from numpy.typing import NDArray

from scoring.types import Codes, Floats


def unit_totals(units: Codes | None, *columns: Floats) -> tuple[Floats, ...]:
    """The sums of each column (n,) within each unit that has rows here; the rows themselves where ``units`` is None.

    All results have one entry a unit, in the order of the unit numbers.

    Example:
        >>> unit_totals(np.array([4, 0, 4]), np.array([1.0, 2.0, 3.0]))[0].tolist()
        [2.0, 4.0]
    """
    if units is None:
        return columns
    places, m = _places(units)
    return tuple(np.asarray(np.bincount(places, column, m), dtype=np.float64) for column in columns)


def _places(units: Codes) -> tuple[NDArray[np.int64], int]:
    """The position of each row's unit among the units present, and how many there are."""
    if len(units) == 0:
        return np.zeros(0, dtype=np.int64), 0
    if units.max() > 8 * len(units) + 1024:  # too sparse to count by number
        present, places = np.unique(units, return_inverse=True)
        return places.astype(np.int64), len(present)
    present_at = np.bincount(units) > 0
    return (np.cumsum(present_at) - 1)[units], int(np.count_nonzero(present_at))
