"""Confidence intervals, each named by its method so that a page can say which it shows.

For whole counts Clopper-Pearson, Wilson and Newcombe's difference; for bounded means empirical Bernstein (Maurer &
Pontil 2009, theorem 4); for ratios over units the linearised t interval (Cochran 1977, chapter 6), an approximation.
"""

from dataclasses import dataclass
from math import log, nan, sqrt
from typing import Final

import numpy as np
from scipy import special

from scoring.errors import NotFiniteError, OutOfRangeError, WrongLengthError
from scoring.types import Codes, Floats
from scoring.units import unit_totals

CLOPPER_PEARSON: Final = "Clopper-Pearson"
WILSON: Final = "Wilson"
NEWCOMBE: Final = "Newcombe, from Wilson"
EMPIRICAL_BERNSTEIN: Final = "empirical Bernstein"
UNIT_T: Final = "linearised t over units (approximate)"


@dataclass(frozen=True)
class Interval:
    """An estimate and its two-sided interval; where nothing was observed, NaN and the whole range."""

    estimate: float
    low: float
    high: float
    method: str


def clopper_pearson(hits: int, n: int, confidence: float = 0.95) -> Interval:
    """The exact interval of a rate (Clopper & Pearson 1934): coverage is at least ``confidence``.

    Raises:
        OutOfRangeError: when hits exceed n, either is negative, or the confidence is not between 0 and 1.

    Example:
        >>> interval = clopper_pearson(0, 10)
        >>> interval.low, round(interval.high, 4)
        (0.0, 0.3085)
    """
    _check_counts(hits, n, confidence)
    if n == 0:
        return Interval(nan, 0.0, 1.0, CLOPPER_PEARSON)
    tail = (1 - confidence) / 2
    low = float(special.betaincinv(hits, n - hits + 1, tail)) if hits else 0.0
    high = float(special.betainccinv(hits + 1, n - hits, tail)) if hits < n else 1.0
    return Interval(hits / n, low, high, CLOPPER_PEARSON)


def wilson(hits: int, n: int, confidence: float = 0.95) -> Interval:
    """The score interval of a rate (Wilson 1927): shorter, with coverage about ``confidence`` on average.

    Example:
        >>> interval = wilson(5, 10)
        >>> round(interval.low, 4), round(interval.high, 4)
        (0.2366, 0.7634)
    """
    _check_counts(hits, n, confidence)
    if n == 0:
        return Interval(nan, 0.0, 1.0, WILSON)
    z, rate = _normal_quantile(confidence), hits / n
    centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    # At the ends the formula gives the end itself but for rounding.
    low, high = (0.0 if hits == 0 else centre - half), (1.0 if hits == n else centre + half)
    return Interval(rate, low, high, WILSON)


def newcombe(hits: int, n: int, other_hits: int, other_n: int, confidence: float = 0.95) -> Interval:
    """The difference of two independent rates, first minus other (Newcombe 1998, method 10).

    Example:
        >>> interval = newcombe(56, 70, 48, 80)  # the paper's own example (a)
        >>> round(interval.low, 4), round(interval.high, 4)
        (0.0524, 0.3339)
    """
    first, other = wilson(hits, n, confidence), wilson(other_hits, other_n, confidence)
    if n == 0 or other_n == 0:
        return Interval(nan, -1.0, 1.0, NEWCOMBE)
    estimate = first.estimate - other.estimate
    low = estimate - sqrt((first.estimate - first.low) ** 2 + (other.high - other.estimate) ** 2)
    high = estimate + sqrt((first.high - first.estimate) ** 2 + (other.estimate - other.low) ** 2)
    return Interval(estimate, low, high, NEWCOMBE)


def empirical_bernstein(
    values: Floats, weights: Floats | None = None, confidence: float = 0.95, *, low: float = 0.0, high: float = 1.0
) -> Interval:
    """The (weighted) mean of independent values between ``low`` and ``high``; coverage at least ``confidence``.

    ``values`` (n,), ``weights`` (n,) above 0 and taken as fixed. Maurer & Pontil 2009, theorem 4, at half the level a
    side; the theorem holds for independent values that need not be identically distributed.

    Raises:
        ScoringError: for values outside the range, NaN, or lengths that differ.

    Example:
        >>> interval = empirical_bernstein(np.tile([0.0, 1.0], 500))
        >>> interval.estimate, round(interval.low, 3), round(interval.high, 3)
        (0.5, 0.443, 0.557)
    """
    _check_confidence(confidence)
    if weights is not None and weights.shape != values.shape:
        raise WrongLengthError("Each value needs one weight.")
    n = len(values)
    if n < 2:
        return Interval(float(values[0]) if n else nan, low, high, EMPIRICAL_BERNSTEIN)
    if not (values.min() >= low and values.max() <= high):
        raise NotFiniteError(f"Values must be numbers between {low} and {high}.")
    shares = np.ones(n) if weights is None else weights * (n / weights.sum())
    spread = high - low
    scaled = (values - low) * (shares / spread)  # their mean is the weighted mean, moved to [0, 1]
    term = log(4 / (1 - confidence))
    bound = float(shares.max())
    half = sqrt(2 * float(scaled.var(ddof=1)) * term / n) + 7 * bound * term / (3 * (n - 1))
    mean, half = low + spread * float(scaled.mean()), spread * half
    return Interval(mean, max(low, mean - half), min(high, mean + half), EMPIRICAL_BERNSTEIN)


def unit_ratio(values: Floats, weights: Floats | None, units: Codes | None, confidence: float = 0.95) -> Interval:
    """The weighted mean of values in [0, 1] whose rows belong to units: (n,) each.

    The unit is what is independent: the residuals w * (value - mean) are summed within units, and the interval is
    Student's t with one degree of freedom less than there are units. With fewer than two units it is [0, 1].

    Example:
        >>> interval = unit_ratio(np.array([0.0, 1.0, 0.0, 1.0]), None, np.array([0, 0, 1, 2], dtype=np.int32))
        >>> interval.estimate, interval.low
        (0.5, 0.0)
    """
    _check_confidence(confidence)
    weight = np.ones(len(values)) if weights is None else weights
    if len(values) == 0:
        return Interval(nan, 0.0, 1.0, UNIT_T)
    total = float(weight.sum())
    mean = float((values * weight).sum()) / total
    (influences,) = unit_totals(units, weight * (values - mean) / total)
    if len(influences) < 2:
        return Interval(mean, 0.0, 1.0, UNIT_T)
    half = t_half_width(influences, len(influences), confidence)
    return Interval(mean, max(0.0, mean - half), min(1.0, mean + half), UNIT_T)


def t_half_width(influences: Floats, effective_units: int, confidence: float) -> float:
    """Student's t times the standard error of a sum of independent ``influences``, one a unit.

    ``effective_units`` sets the degrees of freedom: where one side of a comparison has few units, theirs.
    """
    return float(special.stdtrit(effective_units - 1, (1 + confidence) / 2)) * standard_error(influences)


def standard_error(influences: Floats) -> float:
    """The standard error of a sum of independent ``influences``, one a unit; NaN for fewer than two."""
    m = len(influences)
    return sqrt(float(((influences - influences.mean()) ** 2).sum()) * m / (m - 1)) if m > 1 else nan


def _normal_quantile(confidence: float) -> float:
    return float(special.ndtri((1 + confidence) / 2))


def _check_counts(hits: int, n: int, confidence: float) -> None:
    _check_confidence(confidence)
    if not 0 <= hits <= n:
        raise OutOfRangeError(f"{hits} hits of {n} is not a count.")


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise OutOfRangeError("A confidence lies between 0 and 1.")
