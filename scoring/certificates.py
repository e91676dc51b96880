"""What a certificate rests on: one-sided tests of a repair and of underperformance, and the interval of the repair.

The rows outside the group never count for a repair. Which test applies follows from the loss, weights and units alone
(ALGORITHMS 6.6), never from what the labels show.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.betting import MOST_VALUES, betting, blocks
from scoring.binomial import excess_rate, mcnemar
from scoring.calibration import excess_gap
from scoring.errors import OutOfRangeError
from scoring.excess import excess_mean
from scoring.harms import Harm, harm_cases, with_pool
from scoring.intervals import UNIT_T, Interval, clopper_pearson, empirical_bernstein, t_half_width
from scoring.losses import Sample, check_losses
from scoring.masks import check_mask
from scoring.pools import Pool
from scoring.scores import score
from scoring.sign_flips import FEW_UNITS, sign_flip
from scoring.types import Answers, Bools, Floats
from scoring.units import unit_totals

MCNEMAR: Final = "exact McNemar"
SIGN_FLIP: Final = "sign flips over units, exact count"
BETTING: Final = "betting e-value"
TWO_RATES: Final = "two exact binomials, worst case over the rest's rate"
DISCORDANCE: Final = "Clopper-Pearson on changed rows and on those fixed among them"


@dataclass(frozen=True)
class Test:
    """A one-sided p-value and the method that gave it."""

    __test__ = False  # pytest collects classes of this name

    p_value: float
    method: str


def test_repair(
    sample: Sample,
    mask: Bools,
    model_losses: Floats,
    patch_losses: Floats,
    *,
    seed: int,
    pool: Pool | None = None,  # noqa: PT028 - no test of pytest's
) -> Test:
    """Test that the patch lowers the loss in the group. All arrays (n,); losses as ``sample.losses`` gives them.

    0/1 loss with independent rows that count alike: exact McNemar. Units: exact sign flips over unit totals when at
    most 30 units have rows in the group (valid if totals are symmetric when there is no gain), betting on them
    otherwise. Anything else: betting on the rows. ``seed`` orders the bets, and sums rows
    in blocks where there are more than 4,096.

    Guaranteed by betting: the level, where no row or unit can weigh more than the heaviest of ``pool`` (by default the
    sample). Weights and unit sizes beyond are not random but given: what is then shown is a gain over rows and units
    as heavy as these, and nothing about heavier ones, which a patch may hurt.

    Example:
        >>> from scoring.losses import Loss
        >>> sample = Sample(Loss.ZERO_ONE, np.ones(4, dtype=np.int32))
        >>> test_repair(sample, np.ones(4, dtype=bool), np.array([1.0, 1, 1, 0]), np.zeros(4), seed=0)
        Test(p_value=0.125, method='exact McNemar')
    """
    if sample.is_counted and sample.units is None:
        found = score(sample, mask, model_losses, patch_losses)
        assert found.fixed is not None  # counted samples have both counts
        assert found.broken is not None
        return Test(mcnemar(found.fixed, found.broken), MCNEMAR)
    totals, weights = _gains(sample, mask, model_losses, patch_losses)
    if sample.units is not None and len(totals) <= FEW_UNITS:
        return Test(sign_flip(totals), SIGN_FLIP)
    if len(totals) > MOST_VALUES:
        totals, weights = unit_totals(blocks(len(totals), seed), totals, weights)
    bound = max(weights.max(initial=0.0), (pool or Pool(sample, mask)).weights()[0].max())
    return Test(betting(totals, float(bound), seed=seed) if len(totals) else 1.0, BETTING)


test_repair.__test__ = False  # type: ignore[attr-defined]  # a test in the statisticians' sense, not pytest's


def _gains(sample: Sample, mask: Bools, model_losses: Floats, patch_losses: Floats) -> tuple[Floats, Floats]:
    """The weighted gain of each unit (or row) of the group, and its weight, which bounds the gain on both sides."""
    check_mask(mask, sample.n)
    check_losses(model_losses, sample.n)
    check_losses(patch_losses, sample.n)
    rows = np.flatnonzero(mask)
    weights = np.ones(len(rows)) if sample.weights is None else sample.weights[rows]
    units = None if sample.units is None else sample.units[rows]
    gains, totals = unit_totals(units, weights * (model_losses[rows] - patch_losses[rows]), weights)
    return gains, totals


def test_underperformance(
    sample: Sample,
    mask: Bools,
    answers: Answers,
    *,
    harm: Harm,
    margin: float,
    seed: int,
    pool: Pool | None = None,  # noqa: PT028 - no test of pytest's
) -> Test:
    """Test that the harm of ``answers`` (n,) in the group exceeds everyone else's by more than ``margin`` in [0, 1).

    Rates of independent rows that count alike: two exact binomial tests, combined for the worst case over the rest's
    rate. Units, weights and mean losses: sign flips over the units when they are at most 30, betting otherwise. A
    calibration gap: the same in both directions. An empty group or rest has p-value 1. ``pool`` bounds what a
    row or unit may weigh, as in `test_repair`.

    Example:
        >>> from scoring.losses import Loss
        >>> sample = Sample(Loss.ZERO_ONE, np.repeat([1, 0], 50).astype(np.int32))
        >>> mask, zeros = np.repeat([True, False], 50), np.zeros(100, dtype=np.int32)
        >>> test_underperformance(sample, mask, zeros, harm=Harm.ERROR, margin=0.1, seed=0).p_value < 0.001
        True
    """
    check_mask(mask, sample.n)
    if not 0 <= margin < 1:
        raise OutOfRangeError("A margin lies in [0, 1).")
    cases = with_pool(harm_cases(sample, answers, harm), pool or Pool(sample, mask), harm)
    inside = mask[cases.rows]
    if not cases.is_counted:
        excess = excess_gap if harm is Harm.CALIBRATION_GAP else excess_mean
        p_value, is_flipped = excess(cases, inside, margin, seed)
        return Test(p_value, SIGN_FLIP if is_flipped else BETTING)
    group, rest = cases.values[inside], cases.values[~inside]
    return Test(excess_rate(int(group.sum()), len(group), int(rest.sum()), len(rest), margin), TWO_RATES)


test_underperformance.__test__ = False  # type: ignore[attr-defined]  # as above


def repair_interval(
    sample: Sample, mask: Bools, model_losses: Floats, patch_losses: Floats, confidence: float = 0.95
) -> Interval:
    """The two-sided interval of weight x gain. All arrays (n,).

    0/1 loss with independent rows that count alike: Clopper-Pearson on (b + c) / n and on b / (b + c), each at half the
    level, combined. Independent rows otherwise: empirical Bernstein. Units: Student's t over unit totals (approximate).

    Example:
        >>> from scoring.losses import Loss
        >>> sample = Sample(Loss.ZERO_ONE, np.ones(200, dtype=np.int32))
        >>> interval = repair_interval(sample, np.ones(200, dtype=bool), np.ones(200), np.zeros(200))
        >>> interval.estimate, interval.low > 0.9
        (1.0, True)
    """
    found = score(sample, mask, model_losses, patch_losses)
    if sample.units is not None:
        return _unit_interval(sample, mask, model_losses - patch_losses, found.value, confidence)
    if found.fixed is None or found.broken is None:
        gains = np.where(mask, model_losses - patch_losses, 0.0)
        return empirical_bernstein(gains, sample.weights, confidence, low=-1.0, high=1.0)
    return discordance_interval(found.fixed, found.broken, sample.n, confidence)


def discordance_interval(fixed: int, broken: int, n: int, confidence: float = 0.95) -> Interval:
    """The interval of (b - c) / n from the changed rows b + c and the share b / (b + c) that was fixed.

    Example:
        >>> interval = discordance_interval(80, 20, 1000)
        >>> interval.estimate, round(interval.low, 3), round(interval.high, 3)
        (0.06, 0.031, 0.094)
    """
    changed = clopper_pearson(fixed + broken, n, (1 + confidence) / 2)
    won = clopper_pearson(fixed, fixed + broken, (1 + confidence) / 2)
    worst, best = 2 * won.low - 1, 2 * won.high - 1  # the share fixed less the share broken
    low = worst * (changed.low if worst > 0 else changed.high)
    high = best * (changed.high if best > 0 else changed.low)
    return Interval((fixed - broken) / n, low, high, DISCORDANCE)


def _unit_interval(sample: Sample, mask: Bools, gains: Floats, value: float, confidence: float) -> Interval:
    weights = np.ones(sample.n) if sample.weights is None else sample.weights
    residuals = weights * (np.where(mask, gains, 0.0) - value) / sample.total_weight
    influences, group_rows = unit_totals(sample.units, residuals, mask.astype(np.float64))
    group_units = int(np.count_nonzero(group_rows))
    if group_units < 2:
        return Interval(value, -1.0, 1.0, UNIT_T)
    half = t_half_width(influences, group_units, confidence)
    return Interval(value, max(-1.0, value - half), min(1.0, value + half), UNIT_T)
