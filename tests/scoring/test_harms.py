"""Harm metrics: by hand, with each kind of interval, and where they do not exist."""

from math import isnan

import numpy as np
import pytest

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
