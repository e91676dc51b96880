"""One-sided tests that a group's mean harm exceeds everyone else's, where rows carry weights or belong to units.

Each unit contributes what it adds to (group mean - rest mean - margin), written as A - t * B with t the unknown mean of
the rest. The B sum to 0 over the sample, so t moves no evidence for or against the claim, only its spread.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from scoring.betting import MOST_VALUES, betting, blocks
from scoring.errors import OutOfRangeError
from scoring.harms import Cases
from scoring.intervals import standard_error
from scoring.sign_flips import FEW_UNITS, sign_flip
from scoring.types import Bools, Floats
from scoring.units import unit_totals

NUISANCE_POINTS: Final = np.linspace(-5, 5, 11)  # in standard errors around the rest's mean


@dataclass(frozen=True)
class Contributions:
    """One entry a unit: ``gained`` A, ``moved`` B, and the unit's shares of the group's and of the rest's weight."""

    gained: Floats
    moved: Floats
    group_share: Floats
    rest_share: Floats
    pooled_mean: float
    rest_mean: float
    rest_error: float
    known: tuple[Floats, Floats] = (np.zeros(0), np.zeros(0))  # shares of more units, on the same two totals

    @property
    def is_one_sided(self) -> bool:
        """Whether the group or the rest is empty, so that there is nothing to compare."""
        return not (self.group_share.any() and self.rest_share.any())

    def bound(self, rest_mean: float, margin: float) -> float:
        """No unit as heavy as the known ones contributes less than minus this: no harm in the group, full harm in the
        rest."""
        shares = (self.group_share, self.rest_share), self.known
        return max(
            float((group * (rest_mean + margin) + rest * (1 - rest_mean)).max(initial=0.0)) for group, rest in shares
        )

    def at(self, rest_mean: float) -> Floats:
        """Each unit's contribution if the rest's mean is ``rest_mean``."""
        return self.gained - rest_mean * self.moved

    def pooled(self, seed: int) -> "Contributions":
        """At most ``MOST_VALUES`` sums of units drawn at random."""
        if len(self.gained) <= MOST_VALUES:
            return self
        block = blocks(len(self.gained), seed)
        sums = unit_totals(block, self.gained, self.moved, self.group_share, self.rest_share)
        return replace(self, gained=sums[0], moved=sums[1], group_share=sums[2], rest_share=sums[3])


def excess_mean(cases: Cases, inside: Bools, margin: float, seed: int) -> tuple[float, bool]:
    """The p-value that the mean harm of the cases ``inside`` (m,) exceeds the others' by more than ``margin``.

    Also says whether it comes from sign flips (few units) rather than from betting.

    Sign flips: exact count over the score contributions under the pooled mean (Hemerik, Goeman & Finos 2020); with an
    estimated mean the level holds approximately, and never more finely than 2 ** -(units). Betting: the largest p-value
    over means of the rest within five standard errors of its estimate.

    Example:
        >>> harms = np.repeat([1.0, 0.0], 20)
        >>> cases = Cases(np.arange(40), harms, None, np.arange(40, dtype=np.int32), is_rate=False)
        >>> excess_mean(cases, harms > 0, 0.1, seed=0)[0] < 0.01
        True
    """
    if not 0 <= margin < 1:
        raise OutOfRangeError("A margin lies in [0, 1).")
    found = contributions(cases, inside, margin)
    if found.is_one_sided:
        return 1.0, False
    if cases.units is not None and len(found.gained) <= FEW_UNITS:
        return sign_flip(found.at(found.pooled_mean)), True
    return _bet(found.pooled(seed), margin, seed), False


def contributions(cases: Cases, inside: Bools, margin: float) -> Contributions:
    """What each unit (each row, where there are none) contributes to the difference of the two means."""
    weight = np.ones(len(cases.values)) if cases.weights is None else cases.weights
    group, rest = np.where(inside, weight, 0.0), np.where(inside, 0.0, weight)
    if not (group.any() and rest.any()):
        empty = np.zeros(0)
        return Contributions(empty, empty, empty, empty, np.nan, np.nan, np.nan)
    total, group_total, rest_total = weight.sum(), group.sum(), rest.sum()
    pooled_mean = float((weight * cases.values).sum() - margin * group_total) / float(total)
    rest_mean = float((rest * cases.values).sum() / rest_total)
    group, rest = group / group_total, rest / rest_total
    gained = group * (cases.values - margin) - rest * cases.values
    sums = unit_totals(cases.units, gained, group - rest, group, rest, rest * (cases.values - rest_mean))
    found = Contributions(sums[0], sums[1], sums[2], sums[3], pooled_mean, rest_mean, standard_error(sums[4]))
    if cases.known is None:
        return found
    return replace(found, known=(cases.known[0] / group_total, cases.known[1] / rest_total))


def _bet(found: Contributions, margin: float, seed: int) -> float:
    worst = 0.0
    for mean in np.unique(np.clip(found.rest_mean + NUISANCE_POINTS * found.rest_error, 0.0, 1.0)):
        bound = found.bound(mean, margin)
        worst = max(worst, betting(found.at(mean), bound, seed=seed) if bound > 0 else 1.0)
    return worst
