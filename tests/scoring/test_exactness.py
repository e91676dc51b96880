"""Levels by counting everything that can happen, where few rows leave few things that can."""

from collections.abc import Iterable, Sequence
from itertools import product
from math import comb, prod

import numpy as np
import pytest

from scoring.betting import betting
from scoring.binomial import excess_rate, mcnemar
from scoring.closing import holm
from scoring.sign_flips import sign_flip

ROUNDING = 1e-12


def exceeds_its_level(chances: Iterable[float], p_values: Iterable[float]) -> bool:
    """Whether P(p <= a) > a for some a: it need only be looked at where some p-value lies."""
    pairs = sorted(zip(p_values, chances, strict=True))
    p_sorted, total = np.array([p for p, _ in pairs]), np.cumsum([chance for _, chance in pairs])
    last = np.append(np.diff(p_sorted) > ROUNDING, True)  # of equal p-values the sum counts at the last
    return bool((total[last] > p_sorted[last] + ROUNDING).any())


@pytest.mark.parametrize("changed", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("n", [1, 4, 9])
def test_mcnemar_keeps_every_level_for_rows_that_are_fixed_as_often_as_broken(n: int, changed: float) -> None:
    outcomes = [(b, c) for b in range(n + 1) for c in range(n + 1 - b)]
    half = changed / 2
    chances = [comb(n, b) * comb(n - b, c) * half ** (b + c) * (1 - changed) ** (n - b - c) for b, c in outcomes]
    assert sum(chances) == pytest.approx(1)
    assert not exceeds_its_level(chances, [mcnemar(b, c) for b, c in outcomes])
    assert n == 1 or exceeds_its_level(chances, [mcnemar(b, c) / 2 for b, c in outcomes])


@pytest.mark.parametrize("sizes", [(1.0, 2.0, 4.0, 8.0, 16.0), (1.0, 1.0, 1.0, 1.0, 1.0, 1.0), (3.0, 0.1, 0.1, 2.0)])
def test_sign_flips_keep_every_level_and_reach_it_where_no_sums_tie(sizes: Sequence[float]) -> None:
    patterns = list(product([1.0, -1.0], repeat=len(sizes)))
    p_values = [sign_flip(np.array(signs) * sizes) for signs in patterns]
    assert not exceeds_its_level([1 / len(patterns)] * len(patterns), p_values)
    if sizes[-1] == 16.0:
        assert sorted(p_values) == [(k + 1) / 32 for k in range(32)]


@pytest.mark.parametrize(("n", "other_n", "margin"), [(5, 7, 0.0), (8, 4, 0.1), (10, 10, 0.3)])
@pytest.mark.parametrize("rate", [0.02, 0.2, 0.5, 0.69])
def test_two_rates_keep_every_level_on_the_edge_of_the_claim(n: int, other_n: int, margin: float, rate: float) -> None:
    def binomial(size: int, hits: int, chance: float) -> float:
        return comb(size, hits) * chance**hits * (1 - chance) ** (size - hits)

    outcomes = list(product(range(n + 1), range(other_n + 1)))
    chances = [binomial(n, a, rate + margin) * binomial(other_n, b, rate) for a, b in outcomes]
    assert sum(chances) == pytest.approx(1)
    assert not exceeds_its_level(chances, [excess_rate(a, n, b, other_n, margin) for a, b in outcomes])


@pytest.mark.parametrize(
    ("values", "chances"),
    [
        ((-1.0, 1.0), (0.5, 0.5)),
        ((-1.0, 0.01), (0.01 / 1.01, 1 / 1.01)),
        ((-1.0, 0.0, 4.0), (0.4, 0.5, 0.1)),
        ((-0.02, 0.0, 0.01), (0.2, 0.4, 0.4)),
    ],
)
def test_betting_keeps_every_level_whatever_the_shape(values: Sequence[float], chances: Sequence[float]) -> None:
    assert np.dot(values, chances) == pytest.approx(0, abs=1e-15)
    outcomes = list(product(range(len(values)), repeat=6))
    assert not exceeds_its_level(
        [prod(chances[i] for i in outcome) for outcome in outcomes],
        [betting(np.array([values[i] for i in outcome]), 1.0) for outcome in outcomes],
    )


@pytest.mark.parametrize("true_nulls", [(0,), (0, 2), (0, 1, 2)])
def test_holm_errs_in_any_claim_at_most_as_often_as_it_says(true_nulls: tuple[int, ...]) -> None:
    grid = np.arange(1, 21) / 20  # p-values that are uniform on a grid under a true null; others are as small as can be
    wrong = 0
    for drawn in product(grid, repeat=len(true_nulls)):
        p_values = np.full(3, 1e-9)
        p_values[list(true_nulls)] = drawn
        wrong += bool(holm(p_values, 0.3)[list(true_nulls)].any())
    assert wrong / len(grid) ** len(true_nulls) <= 0.3
