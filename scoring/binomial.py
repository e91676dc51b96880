"""Exact tests on whole counts of independent rows."""

from math import ceil, floor, log2, sqrt
from typing import Final

import numpy as np
from scipy import special

from scoring.errors import OutOfRangeError
from scoring.types import Floats

NUISANCE_LEVEL: Final = 1e-9  # spent on where the unknown rate of the rest may lie, and twice on far tails
CELLS_PER_STEP: Final = 64  # a step is 1 / sqrt(n), at least two standard deviations of the others' rate


def mcnemar(fixed: int, broken: int) -> float:
    """P(Bin(b + c, 1/2) >= b): the one-sided exact McNemar test (McNemar 1947) that a patch fixes more than it breaks.

    ``fixed`` (b) and ``broken`` (c) rows; 1 where no row changes.

    Example:
        >>> mcnemar(3, 0), mcnemar(0, 0), mcnemar(0, 3)
        (0.125, 1.0, 1.0)
    """
    if fixed < 0 or broken < 0:
        raise OutOfRangeError("Counts must not be negative.")
    return upper_tail(fixed, fixed + broken, 0.5)


def upper_tail(hits: int, n: int, rate: float) -> float:
    """P(Bin(n, rate) >= hits), exactly, by the incomplete beta function."""
    return float(special.betainc(hits, n - hits + 1, rate)) if hits > 0 else 1.0


def excess_rate(hits: int, n: int, other_hits: int, other_n: int, margin: float) -> float:
    """One-sided p-value that the first rate exceeds the other by more than ``margin`` in [0, 1).

    For every possible rate t of the others there are two independent exact binomial p-values: the first rate is at most
    t + margin, and the others' at least t. They are combined by Stouffer's method, with weights that depend on t and
    the sizes only. The p-value is the largest over t in a Clopper-Pearson set for the others' rate, plus the
    probability that this set misses it (Berger & Boos 1994). Each cell of a fixed grid is bounded by its two ends (one
    p-value rises in t, the other falls), so nothing between the grid's points is missed.

    Example:
        >>> excess_rate(60, 100, 300, 1000, margin=0.1) < 0.0001, excess_rate(30, 100, 300, 1000, margin=0.0) > 0.4
        (True, True)
    """
    if not 0 <= margin < 1:
        raise OutOfRangeError("A margin lies in [0, 1).")
    if n == 0 or other_n == 0:
        return 1.0
    edges = _nuisance_edges(other_hits, other_n)
    low, high = edges[:-1], edges[1:]
    # The first p-value is largest at the upper end of a cell, the second at its lower end.
    z_first = _z_upper(hits, n, np.minimum(high + margin, 1.0))
    z_other = _z_upper(other_n - other_hits, other_n, 1 - low)
    middle = (low + high) / 2
    first = np.minimum(middle + margin, 1.0)
    weight_first = np.sqrt(first * (1 - first) / n)
    weight_other = np.sqrt(middle * (1 - middle) / other_n)
    z = (weight_first * z_first + weight_other * z_other) / np.hypot(weight_first, weight_other)
    return min(1.0, float(special.ndtr(-z.min())) + 3 * NUISANCE_LEVEL)


def _nuisance_edges(hits: int, n: int) -> Floats:
    tail = NUISANCE_LEVEL / 2
    low = special.betaincinv(hits, n - hits + 1, tail) if hits else 0.0
    high = special.betainccinv(hits + 1, n - hits, tail) if hits < n else 1.0
    # The grid depends on n only, never on the hits: else the weights would be chosen after seeing the data.
    cells = 2.0 ** ceil(log2(CELLS_PER_STEP * sqrt(n)))
    return np.arange(floor(low * cells), ceil(high * cells) + 1) / cells


def _z_upper(hits: int, n: int, rates: Floats) -> Floats:
    """The normal score of P(Bin(n, rate) >= hits): large where so many hits are surprising. Keeps both far tails.

    Not below the score of 1 - NUISANCE_LEVEL: one p-value of exactly 1 (no hits, or a rate of 1) would silence the
    other. That errs with a probability of at most NUISANCE_LEVEL, which is added to the result.
    """
    floor_z = float(special.ndtri(NUISANCE_LEVEL))
    if hits == 0:
        return np.full(len(rates), floor_z)
    p, complement = special.betainc(hits, n - hits + 1, rates), special.betaincc(hits, n - hits + 1, rates)
    return np.maximum(np.where(p < 0.5, -special.ndtri(p), special.ndtri(complement)), floor_z)
