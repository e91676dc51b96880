"""What a competition can detect: the gain a patch needs to be certified, for organiser and entrant (ALGORITHMS 6.9).

A calculator before the event, not a test: the normal approximation of McNemar's test at one ledger level.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final

from scipy import special

from scoring.errors import OutOfRangeError
from scoring.rounds import Ledger

MODEL_ERROR: Final = 0.30  # inside the group, where nothing better is known
DELTA: Final = 0.05
POWER: Final = 0.80


@dataclass(frozen=True)
class Detectable:
    """``gain`` inside the group that is certified with the chance asked for, infinity where none is;
    ``group_rows`` expected in the sealed split, ``level`` of the test."""

    gain: float
    group_rows: float
    level: float


def detectable_gain(
    sealed_rows: int,
    group_weight: float,
    *,
    level: float | None = None,
    model_error: float = MODEL_ERROR,
    power: float = POWER,
) -> Detectable:
    """The smallest fall of the error inside a group that passes a sealed test at ``level`` with chance ``power``.

    ``group_weight`` in (0, 1] its share of people, ``model_error`` the hosted model's error there; the patch's errors
    are taken as independent of the model's. ``level`` is by default that of a ledger's first test.

    Raises:
        OutOfRangeError: for rows, shares or chances that are none.

    Example:
        >>> round(detectable_gain(10_000, 0.10).gain, 3), round(detectable_gain(100_000, 0.10).gain, 3)
        (0.056, 0.018)
    """
    level = Ledger(DELTA).level() if level is None else level
    if sealed_rows < 1 or not (0 < group_weight <= 1 and 0 < model_error <= 1 and 0 < level < 1 and 0 < power < 1):
        raise OutOfRangeError("Rows must be positive, and shares, levels and chances lie between 0 and 1.")
    rows = sealed_rows * group_weight
    low, high = 0.0, model_error
    if chance_to_certify(high, rows, model_error, level) < power:
        return Detectable(float("inf"), rows, level)
    for _ in range(50):  # the chance rises with the gain: halve the interval
        middle = (low + high) / 2
        low, high = (low, middle) if chance_to_certify(middle, rows, model_error, level) >= power else (middle, high)
    return Detectable(high, rows, level)


def chance_to_certify(gain: float, group_rows: float, model_error: float, level: float) -> float:
    """The chance that so large a gain in a group of so many sealed rows passes at ``level``.

    Example:
        >>> chance_to_certify(0.25, 100, 0.35, 0.025) > 0.9 > chance_to_certify(0.25, 100, 0.35, 1e-6)
        True
    """
    patch_error = model_error - gain
    changed = model_error * (1 - patch_error) + (1 - model_error) * patch_error
    spread = sqrt(max(changed - gain**2, 1e-12))
    needed = -float(special.ndtri(level)) * sqrt(changed)  # without a gain the counts spread by sqrt(changed rows)
    return float(special.ndtr((gain * sqrt(group_rows) - needed) / spread))
