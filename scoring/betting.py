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

STAKES: Final = 0.95 * 2.0 ** -np.arange(6)  # within a factor of 1.4 of the best stake, wealth grows 91 % as fast
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


def chance_to_pass(values: Floats, bound: float, *, growth: float, level: float) -> float:
    """The chance that ``growth`` times as many values like these pass at ``level``: a prediction, not a test.

    Log wealth at the best stake is taken as normal, its mean and variance estimated from ``values``; to have reached
    1 / level on average over the stakes it needs a little more than the logarithm of that.

    Example:
        >>> chance_to_pass(np.tile([1.0, 0.0], 50), 1.0, growth=2.0, level=0.01) > 0.98
        True
    """
    if len(values) < 2 or growth <= 0:
        return 0.0
    logs = np.log1p(STAKES[:, None] * np.maximum(values / bound, -1.0))
    needed = log(1 / level) + log(len(STAKES)) / 2
    spread = np.sqrt((growth + growth**2) * len(values)) * np.maximum(logs.std(axis=1), 1e-12)
    return float(special.ndtr(((growth * logs.sum(axis=1) - needed) / spread).max()))


def blocks(n: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Block numbers (n,) that pool independent rows at random into at most ``MOST_VALUES`` sums.

    Sums of independent values are independent too, so a test of the sums is as valid, and 200,000 rows cost no more
    than 4,096. Random, because the organiser's row order may carry the labels.
    """
    if n <= MOST_VALUES:
        return np.arange(n, dtype=np.int32)
    return (np.random.default_rng(seed).permutation(n) % MOST_VALUES).astype(np.int32)
