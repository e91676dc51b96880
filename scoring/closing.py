"""One opening of the sealed split, at the close: all candidates at once (ALGORITHMS 6.4)."""

import numpy as np

from scoring.errors import OutOfRangeError
from scoring.types import Bools, Floats


def holm(p_values: Floats, delta: float) -> Bools:
    """Which of the claims (m,) hold, with at most ``delta`` chance of any false one (Holm 1979), however they depend.

    From the smallest p-value on, the i-th is compared with delta / (m - i + 1); the first that fails ends it.

    Raises:
        OutOfRangeError: for a delta outside (0, 1), or p-values that are NaN or outside [0, 1].

    Example:
        >>> holm(np.array([0.06, 0.001, 0.02]), 0.05).tolist()
        [False, True, True]
        >>> holm(np.array([0.03, 0.001, 0.026]), 0.05).tolist()
        [False, True, False]
    """
    if not 0 < delta < 1:
        raise OutOfRangeError("A delta lies between 0 and 1.")
    if len(p_values) and not (p_values.min() >= 0 and p_values.max() <= 1):
        raise OutOfRangeError("P-values lie between 0 and 1.")
    m = len(p_values)
    order = np.argsort(p_values, kind="stable")
    fits = p_values[order] <= delta / np.arange(m, 0, -1)
    holds = np.zeros(m, dtype=np.bool_)
    holds[order] = np.logical_and.accumulate(fits)
    return holds


def holm_levels(p_values: Floats, delta: float) -> Floats:
    """The level that each p-value (m,) is compared with in `holm`: delta / m for the smallest, delta for the largest.

    Example:
        >>> holm_levels(np.array([0.06, 0.001, 0.02]), 0.06).tolist()
        [0.06, 0.02, 0.03]
    """
    levels = np.empty(len(p_values))
    levels[np.argsort(p_values, kind="stable")] = delta / np.arange(len(p_values), 0, -1)
    return levels
