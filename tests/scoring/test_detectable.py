"""The detectable gain, against the exact test on simulated counts."""

from math import inf

import numpy as np
import pytest

from scoring.binomial import mcnemar
from scoring.detectable import chance_to_certify, detectable_gain
from scoring.errors import OutOfRangeError


@pytest.mark.parametrize(("rows", "error"), [(1000, 0.3), (100, 0.35), (10_000, 0.2)])
@pytest.mark.parametrize("level", [0.025, 0.0005])
def test_a_detectable_gain_passes_the_exact_test_about_as_often_as_asked(rows: int, error: float, level: float) -> None:
    found = detectable_gain(10 * rows, 0.1, model_error=error, level=level)
    patch_error, dice = error - found.gain, np.random.default_rng(rows)
    chances = [error * (1 - patch_error), (1 - error) * patch_error]
    counts = dice.multinomial(rows, [*chances, 1 - sum(chances)], 2000)
    passed = np.mean([mcnemar(int(fixed), int(broken)) <= level for fixed, broken, _ in counts])
    assert 0.72 < passed < 0.86


def test_the_figures_of_the_design_at_the_fifth_test() -> None:
    gains = [detectable_gain(n, 0.1, level=0.05 / 30).gain for n in (10_000, 100_000)]
    assert gains == pytest.approx([0.07, 0.02], abs=0.006)


def test_too_small_a_group_can_prove_nothing() -> None:
    assert detectable_gain(1000, 0.005).gain == inf
    assert detectable_gain(1000, 0.5).gain < 0.12


def test_the_chance_rises_with_the_gain_and_the_rows_and_falls_with_the_level() -> None:
    assert chance_to_certify(0.1, 500, 0.3, 0.01) < chance_to_certify(0.12, 500, 0.3, 0.01)
    assert chance_to_certify(0.1, 500, 0.3, 0.01) < chance_to_certify(0.1, 600, 0.3, 0.01)
    assert chance_to_certify(0.1, 500, 0.3, 0.01) < chance_to_certify(0.1, 500, 0.3, 0.02)


def test_refuses_rows_shares_and_chances_that_are_none() -> None:
    for n, weight, rest in (
        (0, 0.1, {}),
        (100, 0.0, {}),
        (100, 1.1, {}),
        (100, 0.1, {"level": 0.0}),
        (100, 0.1, {"power": 1.0}),
        (100, 0.1, {"model_error": float("nan")}),
    ):
        with pytest.raises(OutOfRangeError):
            detectable_gain(n, weight, **rest)
    detectable_gain(100, 1.0)
