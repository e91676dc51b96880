"""Rounds of certification: the gate, the claim, the predicted chance of passing, the ledger (ALGORITHMS 6).

The ledger pays for adaptivity with a prefix code: a history of bits, each predicted with a probability, costs the sum
of -ln of what was given to the bits that came. By Kraft's inequality (1949) the levels of all tests over all possible
histories then add up to at most delta, which is the union bound over everything an adaptive entrant could have done.
"""

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final, NamedTuple

import numpy as np
from scipy import special

from scoring.betting import chance_to_pass
from scoring.calibration import comparisons
from scoring.certificates import Test, test_repair, test_underperformance
from scoring.errors import OutOfRangeError
from scoring.excess import contributions
from scoring.harms import Cases, Harm, harm_cases, unit_influences, with_pool
from scoring.intervals import standard_error
from scoring.losses import Sample
from scoring.pools import Pool
from scoring.sign_flips import FEW_UNITS
from scoring.types import Answers, Bools, Floats
from scoring.units import unit_totals

LEAST_Q: Final = 0.02
MOST_Q: Final = 0.98
GATE_LEVEL: Final = 0.05
MOST_Z: Final = 20.0


@dataclass(frozen=True)
class Ledger:
    """What the sealed split has answered so far, in one competition's life.

    ``delta`` the chance of any false certificate, ``tests`` made, ``spent`` in nats.

    Raises:
        OutOfRangeError: for a delta outside (0, 1), or negative tests or spending.

    Example:
        >>> ledger = Ledger(0.05)
        >>> after = ledger.charge(0.5, passed=True)
        >>> ledger.level(), after.tests, round(after.spent, 4), round(after.level(), 6)
        (0.025, 1, 0.6931, 0.004167)
    """

    delta: float
    tests: int = 0
    spent: float = 0.0

    def __post_init__(self) -> None:
        if not (0 < self.delta < 1 and self.tests >= 0 and 0 <= self.spent < float("inf")):
            raise OutOfRangeError("A ledger needs a delta between 0 and 1, and no negative tests or spending.")

    def level(self) -> float:
        """The level of the next sealed test, t = tests + 1: delta * exp(-spent) / (t * (t + 1))."""
        t = self.tests + 1
        return self.delta * exp(-self.spent) / (t * (t + 1))

    def charge(self, q: float, passed: bool) -> "Ledger":
        """The ledger after a test that was predicted to pass with probability ``q``, in [.02, .98].

        Raises:
            OutOfRangeError: for any other q: an impossible prediction would make a bit cost everything.
        """
        if not LEAST_Q <= q <= MOST_Q:
            raise OutOfRangeError(f"q must lie between {LEAST_Q} and {MOST_Q}.")
        return Ledger(self.delta, self.tests + 1, self.spent - log(q if passed else 1 - q))


@dataclass(frozen=True)
class Claim:
    """What a pair must show: a ``repair`` of the group, and/or that the model's ``harm`` there exceeds the others'.

    ``margin``: by more than so much, in [0, 1).
    """

    repair: bool
    underperformance: bool
    harm: Harm
    margin: float = 0.0

    def __post_init__(self) -> None:
        if not (self.repair or self.underperformance):
            raise OutOfRangeError("A claim must require a repair, underperformance or both.")


class Claimed(NamedTuple):
    """The tests of a claim's parts; None where one is not required."""

    repair: Test | None
    underperformance: Test | None

    @property
    def worst(self) -> Test:
        """That of the larger p-value, which is the claim's (Berger 1982, intersection-union)."""
        return max((test for test in self if test is not None), key=lambda test: test.p_value)


def claim_parts(
    sample: Sample,
    mask: Bools,
    model_answers: Answers,
    patch_answers: Answers,
    claim: Claim,
    *,
    seed: int,
    pool: Pool | None = None,
) -> Claimed:
    """The test of each part of a claim, as `test_claim` makes them; arrays are (n,).

    Example:
        >>> from scoring.losses import Loss
        >>> sample = Sample(Loss.ZERO_ONE, np.ones(4, dtype=np.int32))
        >>> answers = np.zeros(4, dtype=np.int32), np.ones(4, dtype=np.int32)
        >>> claim_parts(sample, np.ones(4, dtype=bool), *answers, Claim(True, False, Harm.ERROR), seed=0).repair.p_value
        0.0625
    """
    repair = underperformance = None
    if claim.repair:
        losses = sample.losses(model_answers), sample.losses(patch_answers)
        repair = test_repair(sample, mask, *losses, seed=seed, pool=pool)
    if claim.underperformance:
        underperformance = test_underperformance(
            sample, mask, model_answers, harm=claim.harm, margin=claim.margin, seed=seed, pool=pool
        )
    return Claimed(repair, underperformance)


def test_claim(
    sample: Sample,
    mask: Bools,
    model_answers: Answers,
    patch_answers: Answers,
    claim: Claim,
    *,
    seed: int,
    pool: Pool | None = None,  # noqa: PT028 - no test of pytest's
) -> Test:
    """Test everything the claim requires, each at the full level: the larger p-value (Berger 1982, intersection-union).

    Arrays are (n,). What is claimed is about the model the answers are of: the head as it is at the test.
    ``pool`` bounds what a row or unit may weigh (`test_repair`).

    Example:
        >>> from scoring.losses import Loss
        >>> sample = Sample(Loss.ZERO_ONE, np.ones(4, dtype=np.int32))
        >>> claim = Claim(repair=True, underperformance=False, harm=Harm.ERROR)
        >>> answers = np.zeros(4, dtype=np.int32), np.ones(4, dtype=np.int32)
        >>> test_claim(sample, np.ones(4, dtype=bool), *answers, claim, seed=0)
        Test(p_value=0.0625, method='exact McNemar')
    """
    return claim_parts(sample, mask, model_answers, patch_answers, claim, seed=seed, pool=pool).worst


test_claim.__test__ = False  # type: ignore[attr-defined]  # a test in the statisticians' sense, not pytest's


def gate(
    holdout: Sample,
    mask: Bools,
    model_answers: Answers,
    patch_answers: Answers,
    claim: Claim,
    *,
    seed: int,
    pool: Pool | None = None,
) -> tuple[bool, float]:
    """Whether the holdout's evidence lets a pair ask for a certificate (p <= .05), and that p-value.

    Example:
        >>> from scoring.losses import Loss
        >>> holdout, mask = Sample(Loss.ZERO_ONE, np.ones(5, dtype=np.int32)), np.ones(5, dtype=bool)
        >>> answers = np.zeros(5, dtype=np.int32), np.ones(5, dtype=np.int32)
        >>> gate(holdout, mask, *answers, Claim(True, False, Harm.ERROR), seed=0)
        (True, 0.03125)
    """
    p_value = test_claim(holdout, mask, model_answers, patch_answers, claim, seed=seed, pool=pool).p_value
    return p_value <= GATE_LEVEL, p_value


def expected_sealed_rows(mask_rows_on_holdout: int, n_holdout: int, n_sealed: int) -> float:
    """The group's expected rows in the sealed split, from its rows on the holdout (ALGORITHMS 6.7).

    Example:
        >>> expected_sealed_rows(150, 5000, 10000)
        300.0
    """
    if not 0 <= mask_rows_on_holdout <= n_holdout or n_holdout == 0 or n_sealed < 0:
        raise OutOfRangeError("A group cannot have more rows than its split, and a holdout has rows.")
    return mask_rows_on_holdout * n_sealed / n_holdout


def predict_pass(
    holdout: Sample,
    mask: Bools,
    model_answers: Answers,
    patch_answers: Answers,
    claim: Claim,
    *,
    sealed_rows: int,
    level: float,
    pool: Pool | None = None,
) -> float:
    """The chance q in [.02, .98] that the claim passes a sealed test at ``level``, from holdout evidence alone.

    Exact tests and sign flips: if the holdout's effect is z standard errors and the sealed split has r times as many
    rows, the sealed z is normal around z * sqrt(r) with variance 1 + r, and must reach what the level needs. Betting:
    the same for the logarithm of the wealth. A claim of both parts has the product. It is a prediction: a bad one costs
    confidence, never validity. Arrays are (n,).

    Example:
        >>> from scoring.losses import Loss
        >>> holdout, mask = Sample(Loss.ZERO_ONE, np.ones(400, dtype=np.int32)), np.ones(400, dtype=bool)
        >>> right, wrong = np.ones(400, dtype=np.int32), np.zeros(400, dtype=np.int32)
        >>> claim = Claim(True, False, Harm.ERROR)
        >>> predict_pass(holdout, mask, wrong, right, claim, sealed_rows=800, level=0.01)
        0.98
        >>> predict_pass(holdout, mask, right, wrong, claim, sealed_rows=800, level=0.01)
        0.02
    """
    if not (0 < level < 1 and sealed_rows >= 0):
        raise OutOfRangeError("A prediction needs a level between 0 and 1 and a number of sealed rows.")
    pool = pool or Pool(holdout, mask)
    chance, growth = 1.0, sealed_rows / holdout.n
    if claim.repair:
        gains = holdout.losses(model_answers) - holdout.losses(patch_answers)
        chance *= _repair_chance(holdout, mask, gains, growth, level, pool)
    if claim.underperformance:
        cases = with_pool(harm_cases(holdout, model_answers, claim.harm), pool, claim.harm)
        inside = mask[cases.rows]
        if claim.harm is Harm.CALIBRATION_GAP:
            pairs = comparisons(cases, inside)
            chances = [[_excess_chance(each, inside, claim.margin / 2, growth, level / 2) for each in p] for p in pairs]
            chance *= max(map(min, chances))
        else:
            chance *= _excess_chance(cases, inside, claim.margin, growth, level)
    return min(MOST_Q, max(LEAST_Q, chance))


def _repair_chance(holdout: Sample, mask: Bools, gains: Floats, growth: float, level: float, pool: Pool) -> float:
    weights = np.ones(holdout.n) if holdout.weights is None else holdout.weights
    units = None if holdout.units is None else holdout.units[mask]
    (totals,) = unit_totals(units, (weights * gains)[mask])
    if units is not None and len(totals) * growth <= FEW_UNITS:
        return _sign_flip_chance(totals, growth, level)
    if holdout.is_counted and units is None:
        return _normal_chance(_ratio(totals.sum(), sqrt((totals**2).sum())), -special.ndtri(level), growth)
    return chance_to_pass(totals, float(pool.weights()[0].max()), growth=growth, level=level) if len(totals) else 0.0


def _excess_chance(cases: Cases, inside: Bools, margin: float, growth: float, level: float) -> float:
    found = contributions(cases, inside, margin)
    if found.is_one_sided:
        return 0.0
    if cases.units is not None and len(found.gained) * growth <= FEW_UNITS:
        return _sign_flip_chance(found.at(found.pooled_mean), growth, level)
    if cases.is_counted:
        difference, influences, _ = unit_influences(cases, inside)
        z = _ratio(difference - margin, standard_error(influences))
        return _normal_chance(z, -special.ndtri(level), growth)
    bound = found.bound(found.rest_mean, margin)
    return chance_to_pass(found.at(found.rest_mean), bound, growth=growth, level=level) if bound > 0 else 0.0


def _sign_flip_chance(totals: Floats, growth: float, level: float) -> float:
    units, needed = len(totals) * growth, -float(special.ndtri(level))
    if 0.5 ** round(units) > level or needed**2 >= units:
        return 0.0  # even if every unit gains, so few sign patterns cannot reach the level
    # The sum over its spread without a gain, z, cannot pass sqrt(m); Student's t can, and t = z / sqrt(1 - z**2 / m).
    return _normal_chance(_ratio(totals.sum(), standard_error(totals)), needed / sqrt(1 - needed**2 / units), growth)


def _ratio(effect: float, spread: float) -> float:
    """Effect in spreads, at most ``MOST_Z`` where nothing spreads; 0 where one unit has no spread to go by."""
    if not spread >= 0 or effect == 0:
        return 0.0
    return float(effect / max(spread, abs(effect) / MOST_Z))


def _normal_chance(z: float, needed: float, growth: float) -> float:
    return float(special.ndtr((z * sqrt(growth) - needed) / sqrt(1 + growth)))
