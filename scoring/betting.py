"""Betting tests of a bounded mean: e-values (Waudby-Smith & Ramdas 2024; Shafer 2021).

If independent values have mean at most 0 and are never below -bound, a gambler who stakes the fraction s / bound of the
wealth on each multiplies it by 1 + s * value / bound; the expected wealth stays at most 1 whatever the distribution,
and so does the average over several fixed stakes. One over the final wealth is then a p-value (Markov's inequality).
The average does not depend on the order of the values.
"""

from math import log
from typing import Final

import numpy as np
from scipy import special

from scoring.errors import NotFiniteError
from scoring.types import Floats

STAKES: Final = 0.95 * 2.0 ** (-0.5 * np.arange(12))
MOST_VALUES: Final = 4096


def betting(values: Floats, bound: float) -> float:
    """One-sided p-value that the mean of independent ``values`` (m,) >= -bound lies above 0.

    Raises:
        NotFiniteError: for NaN or a value below -bound.

    Example:
        >>> betting(np.zeros(10), 1.0), betting(np.ones(40), 1.0) < 1e-9
        (1.0, True)
    """
    return min(1.0, float(np.exp(-log_wealth(values, bound))))


def log_wealth(values: Floats, bound: float) -> float:
    """The logarithm of the average final wealth over ``STAKES``, from 1."""
    if len(values) == 0:
        return 0.0
    scaled = values / bound
    if not (scaled.min() >= -1 - 1e-9 and scaled.max() < np.inf):
        raise NotFiniteError("Values must be numbers that do not fall below the bound.")
    logs = np.log1p(STAKES[:, None] * np.maximum(scaled, -1.0)).sum(axis=1)
    return float(special.logsumexp(logs)) - log(len(STAKES))


def drift_to_pass(level: float) -> float:
    """The drift, in standard errors, at which the expected log wealth passes ``level``: for predictions only.

    With the best stake log wealth is about z**2 / 2; averaging over the stakes costs part of log(12).
    """
    return float(np.sqrt(2 * (log(1 / level) + log(len(STAKES)) / 2)))


def blocks(n: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Block numbers (n,) that pool independent rows at random into at most ``MOST_VALUES`` sums.

    Sums of independent values are independent too, so a test of the sums is as valid, and 200,000 rows cost no more
    than 4,096. Random, because the organiser's row order may carry the labels.
    """
    if n <= MOST_VALUES:
        return np.arange(n, dtype=np.int32)
    return (np.random.default_rng(seed).permutation(n) % MOST_VALUES).astype(np.int32)
