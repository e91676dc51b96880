"""The tests a certificate rests on: exact values, honest levels, and the power to certify what is real."""

from fractions import Fraction
from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scoring.betting import MOST_VALUES, betting, blocks
from scoring.binomial import excess_rate, mcnemar
from scoring.certificates import (
    BETTING,
    MCNEMAR,
    SIGN_FLIP,
    TWO_RATES,
    discordance_interval,
    repair_interval,
    test_repair,
    test_underperformance,
)
from scoring.errors import NotFiniteError, OutOfRangeError, ScoringError
from scoring.harms import Harm
from scoring.intervals import clopper_pearson
from scoring.losses import Loss, Sample
from scoring.sign_flips import FEW_UNITS, sign_flip
from tests.scoring.samples import codes, mask_of, zero_one

counts = st.integers(0, 60)


def rejections(p_values: list[float], level: float) -> float:
    return float(np.mean(np.array(p_values) <= level))


def two_systems(seed: int, *, units: int, effect: float, uniform: bool = True) -> tuple[Sample, np.ndarray]:
    """Word errors of two systems by speaker; the second errs less by ``effect``. And a third of the speakers."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(units, dtype=np.int32), 6)
    words = np.full(len(unit), 10.0) if uniform else rng.integers(1, 30, len(unit)).astype(float)
    rate = np.clip(rng.gamma(4, 0.1, units), 0.1, 0.8)[unit]
    first, second = (rng.binomial(words.astype(int), r) / words for r in (rate, rate * (1 - effect)))
    sample = Sample(Loss.WORD_ERROR_RATE, np.zeros(len(unit), np.int32), words, unit, np.stack([first, second]))
    return sample, unit < units // 3


# Exact McNemar


@given(counts, counts)
def test_mcnemar_is_the_exact_binomial_tail(fixed: int, broken: int) -> None:
    changed = fixed + broken
    exact = Fraction(sum(comb(changed, k) for k in range(fixed, changed + 1)), 2**changed)
    assert mcnemar(fixed, broken) == pytest.approx(float(exact), rel=1e-12)


def test_mcnemar_keeps_its_tail_where_counts_are_large() -> None:
    assert mcnemar(60_000, 50_000) == pytest.approx(stats.binom.sf(59_999, 110_000, 0.5), rel=1e-6)
    assert mcnemar(0, 10**6) == 1.0


def test_refuses_negative_counts() -> None:
    with pytest.raises(OutOfRangeError):
        mcnemar(-1, 2)
    assert mcnemar(1, 2) == 0.875


# Sign flips


@given(st.lists(st.integers(-6, 6), max_size=9))
def test_sign_flips_are_counted_exactly_with_ties_against_the_claim(totals: list[int]) -> None:
    observed = sum(totals)
    patterns = list(product([1, -1], repeat=len(totals)))
    reached = sum(sum(s * abs(t) for s, t in zip(signs, totals, strict=True)) >= observed for signs in patterns)
    assert sign_flip(np.array(totals, dtype=float)) == reached / len(patterns)


@given(st.lists(st.floats(-1, 1).filter(lambda v: abs(v) > 1e-3), min_size=1, max_size=8))
def test_sign_flips_of_reals_include_the_observed_pattern(totals: list[float]) -> None:
    assert sign_flip(np.array(totals)) >= 0.5 ** len(totals)


def test_sign_flips_of_equal_totals_are_the_binomial_tail() -> None:
    assert sign_flip(np.array([0.1] * 9 + [-0.1] * 3)) == pytest.approx(mcnemar(9, 3), rel=1e-12)


def test_sign_flips_refuse_more_units_than_can_be_counted_and_what_is_no_number() -> None:
    with pytest.raises(OutOfRangeError):
        sign_flip(np.ones(FEW_UNITS + 1))
    with pytest.raises(NotFiniteError):
        sign_flip(np.array([1.0, np.nan]))
    assert sign_flip(np.append(np.ones(FEW_UNITS), np.zeros(9))) == 0.5**FEW_UNITS


# Betting


@pytest.mark.parametrize("spike", [0.5, 0.9, 0.99])
def test_betting_keeps_its_level_against_rare_large_losses(spike: float) -> None:
    rng = np.random.default_rng(0)  # mean 0: small gains often, the whole bound lost rarely
    small = (1 - spike) / spike
    draws = [np.where(rng.random(80) < spike, small, -1.0) for _ in range(2000)]
    assert rejections([betting(values, 1.0) for values in draws], 0.05) <= 0.05


def test_sign_flips_do_not_survive_what_betting_survives() -> None:
    rng = np.random.default_rng(1)
    draws = [np.where(rng.random(30) < 0.97, 0.03 / 0.97, -1.0) for _ in range(300)]
    assert rejections([sign_flip(values) for values in draws], 0.05) > 0.3
    assert rejections([betting(values, 1.0) for values in draws], 0.05) == 0.0


def test_betting_is_repeated_by_its_seed_and_hardly_moved_by_another() -> None:
    values = np.random.default_rng(2).uniform(-0.5, 1, 100)
    found = [np.log(betting(values, 1.0, seed=seed)) for seed in (0, 0, 1, 2, 3)]
    assert found[0] == found[1]
    assert np.ptp(found) < 0.25 * abs(np.mean(found))


def small_losses(seed: int, *, gain: float, n: int = 300) -> tuple[Sample, np.ndarray, np.ndarray]:
    """Errors of real answers, of which the patch's are smaller by ``gain`` of the model's; a range ten times as wide
    as any error."""
    rng = np.random.default_rng(seed)
    errors = rng.gamma(4, 0.25, (2, n)).clip(0, 3) * np.array([[1.0], [1 - gain]])
    return Sample(Loss.SQUARED, np.zeros(n), value_range=(0.0, 30.0)), errors[0], errors[1]


def test_small_losses_are_certified_once_the_largest_error_is_named_and_never_more_often_than_the_level() -> None:
    everyone = np.ones(300, dtype=bool)
    found: dict[tuple[float, float], list[float]] = {}
    for gain, largest in ((0.0, 3.0), (0.4, 3.0), (0.4, 30.0)):
        for seed in range(200 if gain == 0 else 40):
            wide, model, patch = small_losses(seed, gain=gain)
            sample = Sample(Loss.SQUARED, wide.labels, value_range=(0.0, largest))
            test = test_repair(sample, everyone, sample.losses(model), sample.losses(patch), seed=seed)
            found.setdefault((gain, largest), []).append(test.p_value)
    assert rejections(found[0.0, 3.0], 0.05) <= 0.05
    assert rejections(found[0.4, 3.0], 0.01) > 0.95
    assert rejections(found[0.4, 30.0], 0.01) < 0.05  # the weakness that the nearer bound mends


@pytest.mark.parametrize(("gain", "spread"), [(0.02, 0.1), (0.05, 0.3), (0.08, 0.55)])
def test_adaptive_stakes_certify_more_than_the_average_of_fixed_ones(gain: float, spread: float) -> None:
    rng = np.random.default_rng(8)
    stakes = 0.95 * 2.0 ** -np.arange(6)[:, None]
    draws = [rng.normal(gain, spread, 800).clip(-1, 1) for _ in range(60)]
    fixed = [float(1 / np.exp(np.log1p(stakes * values).sum(axis=1)).mean()) for values in draws]
    adaptive = [betting(values, 1.0, seed=i) for i, values in enumerate(draws)]
    assert rejections(adaptive, 0.002) >= rejections(fixed, 0.002)
    assert np.median(np.log(adaptive)) < np.median(np.log(fixed)) - 0.2


def test_betting_finds_a_real_gain() -> None:
    values = np.random.default_rng(3).choice([1.0, -1.0], 400, p=[0.62, 0.38])
    assert betting(values, 1.0) < 0.01


@pytest.mark.parametrize("value", [np.nan, -1.1, np.inf])
def test_betting_refuses_values_that_break_its_bound(value: float) -> None:
    with pytest.raises(NotFiniteError):
        betting(np.array([0.5, value]), 1.0)
    assert betting(np.array([0.5, -1.0]), 1.0) <= 1.0


def test_blocks_are_seeded_even_and_only_made_of_many_rows() -> None:
    assert blocks(100, seed=1).tolist() == list(range(100))
    sizes = np.bincount(blocks(100_000, seed=1))
    assert (len(sizes), sizes.max() - sizes.min()) == (MOST_VALUES, 1)
    assert (blocks(100_000, seed=1) == blocks(100_000, seed=1)).all()
    assert (blocks(100_000, seed=1) != blocks(100_000, seed=2)).any()


# Two rates


@pytest.mark.parametrize(
    ("n", "other_n", "rate", "margin"), [(200, 2000, 0.3, 0.0), (200, 2000, 0.3, 0.05), (60, 40, 0.02, 0.0)]
)
def test_two_rates_keep_their_level_at_the_edge_of_the_claim(n: int, other_n: int, rate: float, margin: float) -> None:
    rng = np.random.default_rng(4)
    draws = [(rng.binomial(n, rate + margin), rng.binomial(other_n, rate)) for _ in range(1500)]
    found = [excess_rate(hits, n, other, other_n, margin) for hits, other in draws]
    for level in (0.05, 0.01):
        assert rejections(found, level) <= level + 3 * np.sqrt(level / 1500)


def test_two_rates_are_about_as_sharp_as_the_normal_test() -> None:
    found = excess_rate(365, 1000, 1200, 4000, 0.03)
    z = (0.365 - 0.3 - 0.03) / np.sqrt(0.365 * 0.635 / 1000 + 0.3 * 0.7 / 4000)
    assert stats.norm.sf(z) < found < 1.6 * stats.norm.sf(z)


def test_two_rates_at_the_ends_of_the_range() -> None:
    assert excess_rate(50, 50, 0, 50, 0.5) < 1e-5
    assert excess_rate(0, 50, 50, 50, 0.0) == 1.0
    assert excess_rate(0, 50, 0, 50, 0.0) > 0.4
    assert excess_rate(50, 50, 50, 50, 0.0) > 0.4
    assert excess_rate(0, 0, 5, 50, 0.0) == excess_rate(5, 50, 0, 0, 0.0) == 1.0


def test_a_larger_margin_is_harder_to_exceed() -> None:
    found = [excess_rate(60, 100, 300, 1000, margin) for margin in (0.0, 0.1, 0.2, 0.3, 0.5)]
    assert found == sorted(found)


# Which test applies


def test_a_repair_of_whole_rows_is_tested_by_mcnemar() -> None:
    sample = zero_one([1] * 6)
    found = test_repair(sample, mask_of("111110"), np.ones(6), np.array([0.0, 0, 0, 0, 1, 1]), seed=0)
    assert (found.p_value, found.method) == (1 / 16, MCNEMAR)


def test_rows_outside_the_group_do_not_count_for_a_repair() -> None:
    rng = np.random.default_rng(5)
    mask, before, after = rng.random(300) < 0.3, rng.random(300), rng.random(300)
    for sample in (
        zero_one([1] * 300, weights=rng.uniform(1, 2, 300)),
        zero_one([1] * 300, units=np.repeat(np.arange(60, dtype=np.int32), 5)),
        zero_one([1] * 300, units=np.repeat(np.arange(20, dtype=np.int32), 15)),
    ):
        found = test_repair(sample, mask, before, after, seed=0)
        assert found == test_repair(sample, mask, before, np.where(mask, after, 0.0), seed=0)


def test_few_units_are_tested_by_sign_flips_of_their_totals() -> None:
    sample = zero_one([1] * 6, units=codes(0, 0, 1, 1, 2, 2))
    found = test_repair(sample, np.ones(6, dtype=bool), np.ones(6), np.array([0.0, 0, 0, 0, 0, 1]), seed=0)
    assert (found.p_value, found.method) == (1 / 8, SIGN_FLIP)


def test_many_units_and_weighted_rows_are_tested_by_betting() -> None:
    n = 3 * (FEW_UNITS + 1)
    units = np.repeat(np.arange(FEW_UNITS + 1, dtype=np.int32), 3)
    everyone, ones = np.ones(n, dtype=bool), np.ones(n)
    for sample in (zero_one([1] * n, units=units), zero_one([1] * n, weights=ones)):
        found = test_repair(sample, everyone, ones, 0 * ones, seed=0)
        assert found.method == BETTING
        assert found.p_value < 1e-6


def test_rows_of_one_unit_count_once_however_many_they_are() -> None:
    sample = zero_one([1] * 500, units=np.zeros(500, dtype=np.int32))
    assert test_repair(sample, np.ones(500, dtype=bool), np.ones(500), np.zeros(500), seed=0).p_value == 0.5


def test_weights_change_the_verdict() -> None:
    fixed = np.arange(200) < 130
    heavy = np.where(fixed, 1.0, 3.0)
    everyone, after = np.ones(200, dtype=bool), np.where(fixed, 0.0, 1.0)
    light, weighted = (zero_one([1] * 200, weights=w) for w in (np.ones(200), heavy))
    assert test_repair(light, everyone, 1 - after, after, seed=0).p_value < 0.01
    assert test_repair(weighted, everyone, 1 - after, after, seed=0).p_value == 1.0


@pytest.mark.parametrize("units", [None, np.zeros(6, dtype=np.int32)])
@pytest.mark.parametrize("weights", [None, np.ones(6)])
def test_an_empty_group_and_a_patch_that_changes_nothing_prove_nothing(
    units: np.ndarray | None, weights: np.ndarray | None
) -> None:
    sample = zero_one([1] * 6, units=units, weights=weights)
    assert test_repair(sample, mask_of("000000"), np.ones(6), np.zeros(6), seed=0).p_value == 1.0
    assert test_repair(sample, mask_of("111111"), np.ones(6), np.ones(6), seed=0).p_value == 1.0
    harm = {"harm": Harm.ERROR, "margin": 0.0, "seed": 0}
    for text in ("000000", "111111"):
        assert test_underperformance(sample, mask_of(text), codes(*[0] * 6), **harm).p_value == 1.0


@pytest.mark.parametrize("units", [12, 200])
def test_a_repair_of_word_errors_is_certified_if_it_is_real_and_rarely_if_not(units: int) -> None:
    draws = {effect: [two_systems(seed, units=units, effect=effect) for seed in range(150)] for effect in (0.0, 0.4)}
    found = {
        effect: [
            test_repair(sample, np.ones(sample.n, dtype=bool), *sample.candidate_losses, seed=0).p_value
            for sample, _ in samples
        ]
        for effect, samples in draws.items()
    }
    assert rejections(found[0.0], 0.05) <= 0.05 + 3 * np.sqrt(0.05 / 150)
    assert rejections(found[0.4], 0.05) > 0.9


# Underperformance


@pytest.mark.parametrize(("units", "power"), [(24, 0.8), (300, 0.8)])
def test_underperformance_by_units_is_certified_if_it_is_real_and_rarely_if_not(units: int, power: float) -> None:
    null, real = [], []
    for seed in range(150):
        sample, group = two_systems(seed, units=units, effect=0.0)
        harder = np.clip(sample.candidate_losses + 0.35 * group, 0, 1)
        worse = Sample(Loss.WORD_ERROR_RATE, sample.labels, sample.weights, sample.units, harder)
        for case, found in ((sample, null), (worse, real)):
            test = test_underperformance(case, group, sample.labels, harm=Harm.WORD_ERROR_RATE, margin=0.05, seed=0)
            found.append(test.p_value)
    assert rejections(null, 0.05) <= 0.05
    assert rejections(real, 0.05) > power


def test_underperformance_of_a_mean_loss_keeps_its_level_and_finds_what_is_real() -> None:
    rng = np.random.default_rng(6)
    null, real = [], []
    for _ in range(60):
        group = rng.random(6000) < 0.25
        for excess, found in ((0.1, null), (0.3, real)):
            losses = rng.beta(2, 2, 6000) * 0.6 + excess * group
            sample = Sample(Loss.SQUARED, np.zeros(6000), value_range=(0.0, 1.0))
            answers = np.sqrt(losses)
            test = test_underperformance(sample, group, answers, harm=Harm.MEAN_LOSS, margin=0.1, seed=0)
            found.append(test.p_value)
    assert rejections(null, 0.05) <= 0.05
    assert rejections(real, 0.01) > 0.95


def test_underperformance_of_a_rate_uses_both_binomials() -> None:
    sample, mask = zero_one([1] * 200, positive=1), np.arange(200) < 100
    answers = np.where(np.arange(200) % 100 < np.where(mask, 60, 20), 0, 1).astype(np.int32)
    found = test_underperformance(sample, mask, answers, harm=Harm.FALSE_NEGATIVE_RATE, margin=0.1, seed=0)
    assert (found.method, found.p_value) == (TWO_RATES, excess_rate(60, 100, 20, 100, 0.1))


@pytest.mark.parametrize("margin", [-0.01, 1.0, np.nan])
@pytest.mark.parametrize("units", [None, np.arange(6, dtype=np.int32)])
def test_refuses_a_margin_that_is_none(margin: float, units: np.ndarray | None) -> None:
    sample, answers = zero_one([1] * 6, units=units), codes(*[0] * 6)
    with pytest.raises(OutOfRangeError):
        test_underperformance(sample, mask_of("110000"), answers, harm=Harm.ERROR, margin=margin, seed=0)
    test_underperformance(sample, mask_of("110000"), answers, harm=Harm.ERROR, margin=0.0, seed=0)


def test_refuses_masks_and_losses_that_do_not_fit() -> None:
    sample = zero_one([1] * 6, weights=np.ones(6))
    for arrays in (
        (mask_of("11111"), np.ones(6), np.ones(6)),
        (mask_of("111111"), np.ones(5), np.ones(6)),
        (mask_of("111111"), np.ones(6), np.full(6, np.nan)),
        (codes(*[1] * 6), np.ones(6), np.ones(6)),
    ):
        with pytest.raises(ScoringError):
            test_repair(sample, *arrays, seed=0)
        with pytest.raises(ScoringError):
            repair_interval(sample, *arrays)
    test_repair(sample, mask_of("111111"), np.ones(6), np.ones(6), seed=0)


# The interval of a repair


@pytest.mark.parametrize(("fixed", "broken"), [(0.05, 0.02), (0.02, 0.05), (0.03, 0.03), (0.0, 0.01)])
def test_the_interval_of_counts_holds_the_gain(fixed: float, broken: float) -> None:
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(500):
        b, c, _ = rng.multinomial(400, [fixed, broken, 1 - fixed - broken])
        interval = discordance_interval(int(b), int(c), 400)
        assert interval.low <= interval.estimate <= interval.high
        held += interval.low <= fixed - broken <= interval.high
    assert held >= 0.95 * 500


def test_the_interval_of_counts_gives_each_of_its_two_parts_half_the_level() -> None:
    changed, won = clopper_pearson(100, 1000, 0.975), clopper_pearson(80, 100, 0.975)
    interval = discordance_interval(80, 20, 1000, 0.95)
    assert interval.low == pytest.approx((2 * won.low - 1) * changed.low)
    assert interval.high == pytest.approx((2 * won.high - 1) * changed.high)


@pytest.mark.parametrize("kind", ["counts", "weights", "units", "squared"])
def test_the_interval_of_every_kind_holds_its_estimate(kind: str) -> None:
    rng = np.random.default_rng(8)
    before, after = rng.integers(0, 2, 400).astype(float), rng.integers(0, 2, 400).astype(float)
    sample = {
        "counts": zero_one([1] * 400),
        "weights": zero_one([1] * 400, weights=rng.uniform(1, 5, 400)),
        "units": zero_one([1] * 400, units=np.repeat(np.arange(40, dtype=np.int32), 10)),
        "squared": Sample(Loss.SQUARED, np.zeros(400), value_range=(0.0, 1.0)),
    }[kind]
    interval = repair_interval(sample, rng.random(400) < 0.5, before, after)
    assert -1 <= interval.low < interval.estimate < interval.high <= 1


def test_the_interval_with_one_unit_in_the_group_is_the_whole_range() -> None:
    sample = zero_one([1] * 6, units=codes(0, 0, 1, 1, 2, 2))
    interval = repair_interval(sample, mask_of("110000"), np.ones(6), np.zeros(6))
    assert (interval.estimate, interval.low, interval.high) == (2 / 6, -1.0, 1.0)
