"""Betting tests of a bounded mean: e-values (Waudby-Smith & Ramdas 2024; Shafer 2021).

If independent values have mean at most 0 and are never below -bound, a gambler who stakes the fraction s / bound of the
wealth on each multiplies it by 1 + s * value / bound; the expected wealth stays at most 1 whatever the distribution,
also where each stake depends on the values before it, and so does the average of several gamblers' wealth. One over the
final wealth is then a p-value (Markov's inequality).

The stakes adapt to the variance seen so far (their predictable plug-in, section 3.3), so that small values are bet on
as highly as the bound allows at once, and wide ones no higher than they bear. No stake may exceed the whole wealth:
where the bound is far above all values, no test of this kind sees much; the remedy is a nearer bound.
"""

from math import log
from typing import Final

import numpy as np
from scipy import special

from scoring.errors import NotFiniteError
from scoring.types import Floats

MOST_STAKED: Final = 0.95  # of the wealth, on one value
TARGETS: Final = (1e-2, 1e-4)  # the levels that the two gamblers' stakes would be best for
MOST_VALUES: Final = 4096


def betting(values: Floats, bound: float, *, seed: int = 0) -> float:
    """One-sided p-value that the mean of independent ``values`` (m,) >= -bound lies above 0; ``seed`` orders them.

    Raises:
        NotFiniteError: for NaN or a value below -bound.

    Example:
        >>> betting(np.zeros(10), 1.0), betting(np.ones(40), 1.0) < 1e-9
        (1.0, True)
    """
    return min(1.0, float(np.exp(-log_wealth(values, bound, seed=seed))))


def log_wealth(values: Floats, bound: float, *, seed: int = 0) -> float:
    """The logarithm of the gamblers' average final wealth, from 1."""
    if len(values) == 0:
        return 0.0
    scaled = values / bound
    if not (scaled.min() >= -1 - 1e-9 and scaled.max() < np.inf):
        raise NotFiniteError("Values must be numbers that do not fall below the bound.")
    # At random, because the organiser's row order may carry the labels, and stakes learn from what came before.
    scaled = np.maximum(scaled, -1.0)[np.random.default_rng(seed).permutation(len(scaled))]
    variances = _variances_before(scaled)
    logs = [float(np.log1p(_stakes(target, len(scaled), variances) * scaled).sum()) for target in TARGETS]
    return float(special.logsumexp(logs)) - log(len(TARGETS))


def _variances_before(scaled: Floats) -> Floats:
    """Before each value (m,), the variance of those that came earlier, with one half as the first deviation."""
    seen = np.arange(2, len(scaled) + 2)
    means = np.cumsum(scaled) / seen
    after = (0.25 + np.cumsum((scaled - means) ** 2)) / seen
    return np.concatenate([[0.25], after[:-1]])


def _stakes(target: float, m: int, variances: Floats) -> Floats:
    return np.minimum(MOST_STAKED, np.sqrt(2 * log(1 / target) / (m * variances)))


def chance_to_pass(values: Floats, bound: float, *, growth: float, level: float) -> float:
    """The chance that ``growth`` times as many values like these pass at ``level``: a prediction, not a test.

    Log wealth at the stake of each gambler is taken as normal, its mean and variance estimated from ``values``; to have
    reached 1 / level on average over the gamblers it needs a little more than the logarithm of that.

    Example:
        >>> chance_to_pass(np.tile([1.0, 0.0], 50), 1.0, growth=2.0, level=0.01) > 0.98
        True
    """
    if len(values) < 2 or growth <= 0:
        return 0.0
    scaled = np.maximum(values / bound, -1.0)
    m = growth * len(values)
    stakes = np.array([_stakes(target, round(m) or 1, np.array([scaled.var() + 1 / m])) for target in TARGETS])
    logs = np.log1p(stakes * scaled)
    needed = log(1 / level) + log(len(TARGETS)) / 2
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
