"""Shapley values of the merged pairs, by permutations (Castro, Gomez & Tejada 2009), and repairs as their own line.

v(S) is the loss that the list built from the pairs S in merge order, without repairs, takes off the initial model's.
Along every permutation the additions telescope, so the values add up to v(all) exactly but for rounding, however few
permutations were drawn. The live model differs from that list by its repairs (ALGORITHMS 8).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import factorial, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring import kernels
from scoring.errors import OutOfRangeError
from scoring.losses import Sample
from scoring.masks import check_mask
from scoring.types import Answers, Bools, Floats

PERMUTATIONS: Final = 500
Pairs = Sequence[tuple[Bools, Answers]]


@dataclass(frozen=True)
class ShapleyRewards:
    """``values`` of the pairs in merge order, their ``standard_errors`` (0 where every permutation was counted), their
    sum ``of_all`` = v(all), and ``repairs``, what the live model's loss is below that. In loss per row of the sample.
    ``covariances`` (k, k) of the values over the permutations drawn, their diagonal the squared errors.
    """

    values: tuple[float, ...]
    standard_errors: tuple[float, ...]
    of_all: float
    repairs: float
    permutations: int
    covariances: tuple[tuple[float, ...], ...]

    def error_of_sum(self, pairs: Sequence[int]) -> float:
        """The standard error of the sum of these pairs' values: what one takes another loses.

        Example:
            >>> both = ShapleyRewards((0.5, 0.5), (0.1, 0.1), 1.0, 0.0, 500, ((0.01, -0.01), (-0.01, 0.01)))
            >>> both.error_of_sum([0]), both.error_of_sum([0, 1])
            (0.1, 0.0)
        """
        places = np.asarray(pairs, dtype=np.intp)
        return sqrt(max(0.0, float(np.array(self.covariances)[np.ix_(places, places)].sum()))) if len(places) else 0.0


def shapley_rewards(
    sample: Sample, initial: Answers, pairs: Pairs, live: Answers, *, seed: int, most: int = PERMUTATIONS
) -> ShapleyRewards:
    """The Shapley value of each pair on the sample's rows (the sealed split, at the close).

    ``initial`` and ``live`` (n,) the answers of the first and of the live model; ``pairs`` masks and patch answers in
    merge order, (n,) each. All k! permutations where they are at most ``most``, else ``most`` drawn from ``seed``.

    Raises:
        OutOfRangeError: for fewer than two permutations.  ScoringError: for arrays that do not fit.

    Example:
        >>> from scoring.losses import Loss
        >>> sample = Sample(Loss.ZERO_ONE, np.array([1, 1], dtype=np.int32))
        >>> zeros, ones = np.zeros(2, dtype=np.int32), np.ones(2, dtype=np.int32)
        >>> pair = (np.array([True, False]), ones)
        >>> shapley_rewards(sample, zeros, [pair, pair], np.array([1, 0], dtype=np.int32), seed=0).values
        (0.25, 0.25)
    """
    if most < 2:
        raise OutOfRangeError("A standard error needs at least two permutations.")
    for mask, _ in pairs:
        check_mask(mask, sample.n)
    is_exact = factorial(len(pairs)) <= most
    orders = permutations(range(len(pairs))) if is_exact else _drawn(len(pairs), most, seed)
    added = (_counted if sample.is_counted else _summed)(sample, initial, pairs, orders)
    values, count = added.mean(axis=0), len(added)
    k = len(pairs)
    covariances = np.zeros((k, k)) if is_exact else np.cov(added, rowvar=False).reshape(k, k) / count
    errors = np.sqrt(covariances.diagonal())
    of_all = float(values.sum())
    repairs = float((_shares(sample) * (sample.losses(initial) - sample.losses(live))).sum()) - of_all
    drawn = tuple(map(tuple, covariances.tolist()))
    return ShapleyRewards(tuple(values.tolist()), tuple(errors.tolist()), of_all, repairs, count, drawn)


def _drawn(k: int, times: int, seed: int) -> Iterable[tuple[int, ...]]:
    dice = np.random.default_rng(seed)
    return (tuple(dice.permutation(k).tolist()) for _ in range(times))


def _shares(sample: Sample) -> Floats:
    return np.full(sample.n, 1 / sample.n) if sample.weights is None else sample.weights / sample.total_weight


def _counted(sample: Sample, initial: Answers, pairs: Pairs, orders: Iterable[tuple[int, ...]]) -> Floats:
    """What each pair takes off in each order (orders, k), from bit planes: whole numbers of rows, until divided."""
    asked = [initial, *(answers for _, answers in pairs)]
    wrong = kernels.words(np.stack([np.packbits(sample.losses(answers) > 0) for answers in asked]))
    masks = kernels.words(np.stack([np.packbits(mask) for mask, _ in pairs])) if pairs else wrong[1:]
    added = [kernels.additions(np.array(order, dtype=np.int64), masks, wrong[1:], wrong[0]) for order in orders]
    return np.array(added) / sample.n


def _summed(sample: Sample, initial: Answers, pairs: Pairs, orders: Iterable[tuple[int, ...]]) -> Floats:
    """The same of real losses and weighted rows."""
    shares, before = _shares(sample), sample.losses(initial)
    rows = [np.flatnonzero(mask) for mask, _ in pairs]
    losses = [sample.losses(answers)[at] for (_, answers), at in zip(pairs, rows, strict=True)]
    return np.array([_additions(order, rows, losses, before, shares) for order in orders])


def _additions(
    order: tuple[int, ...], rows: list[NDArray[np.int64]], losses: list[Floats], before: Floats, weights: Floats
) -> Floats:
    """What each pair (k,) takes off when the pairs join in this order, each at its own place in merge order."""
    answered_by, current = np.full(len(before), -1), before.copy()
    added = np.zeros(len(order))
    for pair in order:
        newest = answered_by[rows[pair]] < pair  # a pair merged later stays in front, though it joined before
        reached = rows[pair][newest]
        added[pair] = (weights[reached] * (current[reached] - losses[pair][newest])).sum()
        answered_by[reached], current[reached] = pair, losses[pair][newest]
    return added
