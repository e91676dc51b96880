"""Rows that belong together: what a test of rows makes of them, and a test of units does not."""

from dataclasses import replace

import numpy as np
import pytest

from scoring.certificates import repair_interval, test_repair, test_underperformance
from scoring.harms import Harm, group_harm
from scoring.losses import Loss, Sample
from scoring.types import Answers, Bools, Floats

RUNS = 160
ROWS_A_PERSON = 5


def alike_people(seed: int, *, people: int) -> tuple[Sample, Bools, Answers, Answers]:
    """Five rows a person, all of which model and patch get right or wrong together; on average neither is better.

    Half of the people are the group, where the model errs as often as elsewhere.
    """
    rng = np.random.default_rng([seed, people])
    unit = np.repeat(np.arange(people, dtype=np.int32), ROWS_A_PERSON)
    model, patch = ((rng.random(people) < 0.3)[unit].astype(np.int32) for _ in range(2))
    return Sample(Loss.ZERO_ONE, np.zeros(len(unit), np.int32), units=unit, positive=0), unit % 2 == 0, model, patch


def wrong_certificates(*, people: int, by_units: bool, claim: str) -> float:
    """How often the claim is certified at level .05, though it is false."""
    wrong = 0
    for seed in range(RUNS):
        sample, mask, model, patch = alike_people(seed, people=people)
        sample = sample if by_units else replace(sample, units=None)
        if claim == "repair":
            test = test_repair(sample, mask, sample.losses(model), sample.losses(patch), seed=seed)
        else:
            test = test_underperformance(sample, mask, model, harm=Harm.ERROR, margin=0.0, seed=seed)
        wrong += test.p_value <= 0.05
    return wrong / RUNS


@pytest.mark.parametrize("people", [40, 300])
@pytest.mark.parametrize("claim", ["repair", "underperformance"])
def test_a_test_of_rows_certifies_too_much_and_a_test_of_units_does_not(people: int, claim: str) -> None:
    assert wrong_certificates(people=people, by_units=False, claim=claim) > 0.12
    assert wrong_certificates(people=people, by_units=True, claim=claim) <= 0.05 + 2 * np.sqrt(0.05 / RUNS)


def held(estimates: Floats, low: Floats, high: Floats, truth: float) -> float:
    assert np.isfinite(estimates).all()
    return float(np.mean((low <= truth) & (truth <= high)))


@pytest.mark.parametrize("by_units", [False, True])
def test_intervals_of_rows_are_too_short_and_those_of_units_hold_what_they_should(by_units: bool) -> None:
    gains, harms = [], []
    for seed in range(RUNS):
        sample, mask, model, patch = alike_people(seed, people=120)
        sample = sample if by_units else replace(sample, units=None)
        gains.append(repair_interval(sample, mask, sample.losses(model), sample.losses(patch)))
        harms.append(group_harm(sample, mask, model, Harm.ERROR).group)
    for found, truth in ((gains, 0.0), (harms, 0.3)):
        ends = (np.array([getattr(each, name) for each in found]) for name in ("estimate", "low", "high"))
        coverage = held(*ends, truth)
        assert coverage >= 0.91 if by_units else coverage < 0.88
