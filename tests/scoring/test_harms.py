"""Harm metrics: by hand, with each kind of interval, and where they do not exist."""

from math import isnan

import numpy as np
import pytest

from scoring.certificates import test_underperformance
from scoring.errors import ScoringError, UndefinedHarmError
from scoring.harms import Harm, group_harm, overall_harm
from scoring.intervals import CLOPPER_PEARSON, EMPIRICAL_BERNSTEIN, NEWCOMBE, UNIT_T
from scoring.losses import Loss, Sample
from tests.scoring.samples import codes, mask_of, zero_one

LABELS, ANSWERS, GROUP = [1, 1, 1, 0, 0, 1, 1, 0], codes(0, 0, 1, 1, 0, 1, 0, 0), mask_of("11110000")
SAMPLE = zero_one(LABELS, positive=1)
ROUTED = Sample(
    Loss.WORD_ERROR_RATE,
    codes(0, 0, 0, 0),
    np.array([1.0, 3.0, 2.0, 2.0]),
    codes(0, 0, 1, 2),
    np.array([[1.0, 0.5, 0.0, 0.25]]),
)


@pytest.mark.parametrize(
    ("harm", "group", "rest", "overall"),
    [
        (Harm.ERROR, 3 / 4, 1 / 4, 4 / 8),
        (Harm.FALSE_NEGATIVE_RATE, 2 / 3, 1 / 2, 3 / 5),
        (Harm.FALSE_POSITIVE_RATE, 1 / 1, 0 / 2, 1 / 3),
        (Harm.SELECTION_RATE, 2 / 4, 1 / 4, 3 / 8),
        (Harm.MEAN_LOSS, 3 / 4, 1 / 4, 4 / 8),
    ],
)
def test_rates_are_those_counted_by_hand(harm: Harm, group: float, rest: float, overall: float) -> None:
    found = group_harm(SAMPLE, GROUP, ANSWERS, harm)
    assert (found.group.estimate, found.rest.estimate) == pytest.approx((group, rest))
    assert found.difference.estimate == pytest.approx(group - rest)
    assert (found.rows, found.weight) == (4, 0.5)
    assert overall_harm(SAMPLE, ANSWERS, harm).estimate == pytest.approx(overall)


def test_word_error_rate_is_errors_over_words() -> None:
    found = group_harm(ROUTED, mask_of("1100"), codes(0, 0, 0, 0), Harm.WORD_ERROR_RATE)
    assert (found.group.estimate, found.rest.estimate) == (2.5 / 4, 0.5 / 4)
    assert found.weight == 0.5


def test_the_other_class_can_be_the_positive_one() -> None:
    sample = zero_one(LABELS, positive=0)
    found = group_harm(sample, GROUP, ANSWERS, Harm.FALSE_NEGATIVE_RATE)
    assert (found.group.estimate, found.rest.estimate) == (1.0, 0.0)


@pytest.mark.parametrize("harm", list(Harm)[:5])
def test_shares_of_rows_have_exact_intervals_that_hold_their_estimate(harm: Harm) -> None:
    found = group_harm(SAMPLE, GROUP, ANSWERS, harm)
    assert (found.group.method, found.difference.method) == (CLOPPER_PEARSON, NEWCOMBE)
    for interval in (found.group, found.rest, found.difference):
        assert interval.low <= interval.estimate <= interval.high


def test_real_losses_have_empirical_bernstein_intervals() -> None:
    rng = np.random.default_rng(1)
    sample = Sample(Loss.SQUARED, rng.random(4000), value_range=(0.0, 1.0))
    found = group_harm(sample, rng.random(4000) < 0.5, rng.random(4000), Harm.MEAN_LOSS)
    for interval in (found.group, found.rest, found.difference):
        assert interval.method == EMPIRICAL_BERNSTEIN
        assert interval.low < interval.estimate < interval.high
    assert found.difference.high - found.difference.low < 0.1


def test_units_give_the_unit_interval() -> None:
    sample = zero_one(LABELS, units=codes(0, 0, 1, 1, 2, 2, 3, 3))
    found = group_harm(sample, GROUP, ANSWERS, Harm.ERROR)
    assert {found.group.method, found.rest.method, found.difference.method} == {UNIT_T}
    assert found.group.estimate == 0.75


def test_units_that_have_rows_on_both_sides_are_compared_within_themselves() -> None:
    rng = np.random.default_rng(0)
    units = np.repeat(np.arange(100, dtype=np.int32), 8)
    hard = (rng.random(100) < 0.5)[units]  # what is hard is hard for everyone in the unit
    answers = hard.astype(np.int32)
    group = np.tile([True, False], 400)
    nested = np.repeat(np.arange(100) % 2 == 0, 8)
    sample = zero_one([0] * 800, units=units)

    paired, apart = (group_harm(sample, mask, answers, Harm.ERROR).difference for mask in (group, nested))

    assert paired.high - paired.low < 0.01
    assert apart.high - apart.low > 0.3


def test_weights_without_units_give_empirical_bernstein() -> None:
    sample = zero_one(LABELS, weights=np.arange(1.0, 9.0))
    found = group_harm(sample, GROUP, ANSWERS, Harm.ERROR)
    assert found.group.method == EMPIRICAL_BERNSTEIN
    assert found.group.estimate == pytest.approx((1 + 2 + 4) / 10)


@pytest.mark.parametrize("text", ["00000000", "11111111"])
@pytest.mark.parametrize("units", [None, codes(0, 0, 1, 1, 2, 2, 3, 3)])
def test_an_empty_side_is_not_a_number_and_knows_nothing(text: str, units: np.ndarray | None) -> None:
    found = group_harm(zero_one(LABELS, units=units), mask_of(text), ANSWERS, Harm.ERROR)
    empty = found.rest if text[0] == "1" else found.group
    assert isnan(empty.estimate)
    assert isnan(found.difference.estimate)
    assert (found.difference.low, found.difference.high) == (-1.0, 1.0)


def test_a_group_without_positives_has_no_false_negative_rate() -> None:
    found = group_harm(SAMPLE, mask_of("00011000"), ANSWERS, Harm.FALSE_NEGATIVE_RATE)
    assert isnan(found.group.estimate)
    assert (found.group.low, found.group.high, found.rows) == (0.0, 1.0, 2)


@pytest.mark.parametrize("harm", [Harm.FALSE_NEGATIVE_RATE, Harm.FALSE_POSITIVE_RATE, Harm.SELECTION_RATE])
def test_refuses_rates_of_positives_without_a_positive_class(harm: Harm) -> None:
    with pytest.raises(UndefinedHarmError):
        group_harm(zero_one(LABELS), GROUP, ANSWERS, harm)
    group_harm(SAMPLE, GROUP, ANSWERS, harm)


def test_refuses_rates_without_classes_and_word_errors_without_words() -> None:
    with pytest.raises(UndefinedHarmError):
        group_harm(ROUTED, mask_of("1100"), codes(0, 0, 0, 0), Harm.ERROR)
    with pytest.raises(UndefinedHarmError):
        group_harm(SAMPLE, GROUP, ANSWERS, Harm.WORD_ERROR_RATE)
    group_harm(ROUTED, mask_of("1100"), codes(0, 0, 0, 0), Harm.MEAN_LOSS)


def test_refuses_masks_and_answers_that_do_not_fit() -> None:
    for mask, answers in ((GROUP[:-1], ANSWERS), (GROUP, ANSWERS[:-1]), (GROUP, ANSWERS.astype(float))):
        with pytest.raises(ScoringError):
            group_harm(SAMPLE, mask, answers, Harm.SELECTION_RATE)
    group_harm(SAMPLE, GROUP, ANSWERS, Harm.SELECTION_RATE)


# The calibration gap


def chances_sample(
    seed: int, *, n: int = 4000, off: float = 0.0, units: int = 0
) -> tuple[Sample, np.ndarray, np.ndarray]:
    """Labels, a group of a third, and chances that are too high by ``off`` in the group and too low elsewhere."""
    rng = np.random.default_rng(seed)
    unit = rng.integers(0, units, n).astype(np.int32) if units else None
    mask = (unit % 3 == 0) if unit is not None else rng.random(n) < 1 / 3
    truth = rng.uniform(0.3, 0.7, n)
    sample = Sample(Loss.LOG_LOSS, (rng.random(n) < truth).astype(float), units=unit, positive=1)
    return sample, mask, truth + np.where(mask, off, -0.02)


def test_the_calibration_gap_is_by_how_much_answers_miss_the_mean_label() -> None:
    sample = Sample(Loss.LOG_LOSS, np.array([1.0, 0.0, 1.0, 1.0]), positive=1)
    found = group_harm(sample, mask_of("1100"), np.array([0.9, 0.3, 0.6, 0.7]), Harm.CALIBRATION_GAP)
    assert (found.group.estimate, found.rest.estimate) == pytest.approx((0.1, 0.35))
    assert found.difference.estimate == pytest.approx(-0.25)
    of_classes = group_harm(SAMPLE, GROUP, ANSWERS, Harm.CALIBRATION_GAP)  # 2 of 4 selected where 3 are positive
    assert (of_classes.group.estimate, of_classes.rest.estimate) == (0.25, 0.25)
    reals = Sample(Loss.SQUARED, np.array([0.0, 4.0, 2.0]), value_range=(0.0, 4.0))
    assert overall_harm(reals, np.array([1.0, 4.0, 4.0]), Harm.CALIBRATION_GAP).estimate == pytest.approx(0.25)


@pytest.mark.parametrize("units", [0, 60])
def test_the_interval_of_a_calibration_gap_holds_it(units: int) -> None:
    held = 0
    for seed in range(100):
        sample, mask, chances = chances_sample(seed, n=900, off=0.1, units=units)
        found = group_harm(sample, mask, chances, Harm.CALIBRATION_GAP)
        held += found.difference.low <= 0.08 <= found.difference.high
        assert found.group.low <= found.group.estimate <= found.group.high
    assert held >= 95


@pytest.mark.parametrize("units", [0, 24, 200])
def test_a_larger_calibration_gap_is_certified_if_it_is_real_and_rarely_if_not(units: int) -> None:
    found = {}
    for off in (0.02, -0.02, 0.27, -0.27):
        draws = [chances_sample(seed, n=2000, off=off, units=units) for seed in range(12)]
        found[off] = [
            test_underperformance(*draw, harm=Harm.CALIBRATION_GAP, margin=0.0, seed=0).p_value <= 0.05
            for draw in draws
        ]
    assert max(np.mean(found[0.02]), np.mean(found[-0.02])) <= 0.05 + 3 * np.sqrt(0.05 / 12)
    assert min(np.mean(found[0.27]), np.mean(found[-0.27])) > 0.9


def test_refuses_a_calibration_gap_of_words() -> None:
    with pytest.raises(UndefinedHarmError):
        overall_harm(ROUTED, codes(0, 0, 0, 0), Harm.CALIBRATION_GAP)
    overall_harm(SAMPLE, ANSWERS, Harm.CALIBRATION_GAP)
