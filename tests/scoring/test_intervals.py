"""Intervals: published figures, exact coverage, the edges."""

from itertools import product
from math import isnan

import numpy as np
import pytest
from scipy import stats

from scoring.errors import NotFiniteError, OutOfRangeError, WrongLengthError
from scoring.intervals import clopper_pearson, empirical_bernstein, newcombe, unit_ratio, wilson
from tests.scoring.samples import codes


def coverage(interval: object, n: int, rate: float) -> float:
    """The exact probability that the interval of a binomial count holds the rate."""
    bounds = [interval(hits, n) for hits in range(n + 1)]  # type: ignore[operator]
    return sum(stats.binom.pmf(hits, n, rate) for hits, b in enumerate(bounds) if b.low <= rate <= b.high)


@pytest.mark.parametrize(("n", "rate"), list(product([5, 30, 80], [0.01, 0.1, 0.31, 0.5, 0.97])))
def test_clopper_pearson_never_covers_less_than_it_says(n: int, rate: float) -> None:
    assert coverage(clopper_pearson, n, rate) >= 0.95


def test_clopper_pearson_is_scipys() -> None:
    for hits, n in ((0, 7), (3, 7), (7, 7), (123, 4567)):
        found, expected = clopper_pearson(hits, n), stats.binomtest(hits, n).proportion_ci()
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_is_scipys() -> None:
    for hits, n in ((0, 7), (3, 7), (7, 7), (123, 4567)):
        found, expected = wilson(hits, n, 0.9), stats.binomtest(hits, n).proportion_ci(0.9, "wilson")
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_newcombe_gives_the_papers_figures() -> None:
    # Newcombe 1998, table II, method 10, contrasts (a), (c), (e).
    for counts, expected in (
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ):
        found = newcombe(*counts)
        assert (round(found.low, 4), round(found.high, 4)) == expected


@pytest.mark.parametrize("interval", [clopper_pearson(0, 0), wilson(0, 0), empirical_bernstein(np.zeros(0))])
def test_nothing_observed_is_not_a_number_within_the_whole_range(interval: object) -> None:
    assert isnan(interval.estimate)  # type: ignore[attr-defined]
    assert (interval.low, interval.high) == (0.0, 1.0)  # type: ignore[attr-defined]


def test_newcombe_with_an_empty_side_knows_nothing() -> None:
    found = newcombe(1, 2, 0, 0)
    assert isnan(found.estimate)
    assert (found.low, found.high) == (-1.0, 1.0)


@pytest.mark.parametrize(("hits", "n", "confidence"), [(3, 2, 0.95), (-1, 2, 0.95), (1, 2, 0.0), (1, 2, 1.0)])
def test_refuses_counts_and_confidences_that_are_none(hits: int, n: int, confidence: float) -> None:
    for interval in (clopper_pearson, wilson):
        with pytest.raises(OutOfRangeError):
            interval(hits, n, confidence)
        interval(1, 2, 0.95)


def test_empirical_bernstein_covers_the_mean_of_skewed_values() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        interval = empirical_bernstein(rng.beta(0.3, 2.7, 200))
        held += interval.low <= 0.1 <= interval.high
    assert held >= 0.95 * 400


def test_empirical_bernstein_covers_a_weighted_mean() -> None:
    rng = np.random.default_rng(1)
    weights = rng.uniform(1, 20, 300)
    rates = rng.uniform(0, 1, 300)
    truth = float(np.average(rates, weights=weights))
    held = 0
    for _ in range(400):
        interval = empirical_bernstein((rng.random(300) < rates).astype(float), weights)
        held += interval.low <= truth <= interval.high
    assert held >= 0.95 * 400


def test_empirical_bernstein_moves_and_scales_with_its_range() -> None:
    values = np.random.default_rng(2).random(500)
    plain, moved = empirical_bernstein(values), empirical_bernstein(4 * values - 2, low=-2, high=2)
    assert (moved.estimate, moved.low, moved.high) == pytest.approx(
        tuple(4 * each - 2 for each in (plain.estimate, plain.low, plain.high))
    )


def test_empirical_bernstein_refuses_values_outside_its_range() -> None:
    for values in (np.array([0.1, 1.1]), np.array([0.1, np.nan]), np.array([-0.1, 0.5])):
        with pytest.raises(NotFiniteError):
            empirical_bernstein(values)
    with pytest.raises(WrongLengthError):
        empirical_bernstein(np.array([0.1, 0.9]), np.ones(3))
    assert empirical_bernstein(np.array([0.1, 0.9]), np.ones(2)).estimate == pytest.approx(0.5)


def test_the_unit_interval_is_students_t_where_every_row_is_a_unit() -> None:
    values = np.random.default_rng(3).random(30)
    found, expected = unit_ratio(values, None, None), stats.ttest_1samp(values, 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_repeating_rows_within_units_does_not_narrow_the_interval() -> None:
    values, units = np.random.default_rng(4).random(30), np.arange(30, dtype=np.int32)
    once, often = unit_ratio(values, None, units), unit_ratio(np.repeat(values, 9), None, np.repeat(units, 9))
    assert (often.low, often.high) == pytest.approx((once.low, once.high))


def test_the_unit_interval_covers_about_what_it_says_with_uneven_weighted_units() -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(500):
        units = rng.integers(0, 40, 400).astype(np.int32)
        rates = np.clip(rng.gamma(2, 0.1, 40), 0, 1)[units]
        interval = unit_ratio((rng.random(400) < rates).astype(float), rng.uniform(1, 9, 400), units)
        held += interval.low <= 0.2 <= interval.high
    assert held >= 0.91 * 500  # an approximation, and named so


def test_one_unit_says_nothing_about_others() -> None:
    found = unit_ratio(np.array([1.0, 0.0]), None, codes(3, 3))
    assert (found.estimate, found.low, found.high) == (0.5, 0.0, 1.0)
    assert isnan(unit_ratio(np.zeros(0), None, None).estimate)
