"""The sign-flip randomisation test, counted exactly by meeting in the middle."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.errors import NotFiniteError, OutOfRangeError
from scoring.types import Floats

FEW_UNITS: Final = 30  # up to here 2**m sign patterns are counted exactly, in two halves of 2**(m/2)
GRID_BITS: Final = 50


def sign_flip(totals: Floats) -> float:
    """One-sided p-value that independent ``totals`` (m,), one a unit, lie above 0.

    It is the share of the 2**m sign patterns whose sum is at least the one observed (Fisher 1935, section 21); exact if
    each total is symmetric about 0 when there is no gain.

    Totals of 0 change nothing and are left out. Ties count against the claim; sums are compared as whole numbers.

    Raises:
        OutOfRangeError: beyond ``FEW_UNITS`` units that are not 0.  NotFiniteError: for NaN or infinity.

    Example:
        >>> sign_flip(np.array([3.0, 1.0, 2.0, 0.0])), sign_flip(np.array([2.0, -1.0])), sign_flip(np.zeros(5))
        (0.125, 0.5, 1.0)
    """
    if not np.isfinite(totals).all():
        raise NotFiniteError("Unit totals must be finite.")
    changed = totals[totals != 0]
    if len(changed) > FEW_UNITS:
        raise OutOfRangeError(f"Sign patterns are counted for at most {FEW_UNITS} units.")
    if len(changed) == 0:
        return 1.0
    # A power of two keeps whole and short binary totals exact, so that ties among them are ties.
    exponent = GRID_BITS - int(np.frexp(np.abs(changed).sum())[1])
    steps = np.rint(np.ldexp(changed, exponent)).astype(np.int64)
    half = len(steps) // 2
    first, second = _signed_sums(steps[:half]), np.sort(_signed_sums(steps[half:]))
    reached = len(second) - np.searchsorted(second, steps.sum() - first, side="left")
    return float(reached.sum() / 2.0 ** len(steps))


def _signed_sums(steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sums of all sign patterns: (2**m,)."""
    sums = np.zeros(1, dtype=np.int64)
    for step in steps:
        sums = np.concatenate([sums + step, sums - step])
    return sums
