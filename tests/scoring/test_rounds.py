"""The ledger, the claim, the gate and the prediction."""

from itertools import product
from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.certificates import test_repair, test_underperformance
from scoring.errors import OutOfRangeError, UndefinedHarmError
from scoring.harms import Harm
from scoring.losses import Loss, Sample
from scoring.rounds import Claim, Ledger, expected_sealed_rows, gate, predict_pass, test_claim
from scoring.types import Answers, Bools
from tests.scoring.samples import codes, mask_of, zero_one

REPAIR = Claim(repair=True, underperformance=False, harm=Harm.ERROR)
BOTH = Claim(repair=True, underperformance=True, harm=Harm.ERROR, margin=0.05)
qs = st.floats(0.02, 0.98)


def played(n: int, *, gain: float, seed: int = 0) -> tuple[Sample, Bools, Answers, Answers]:
    """A fifth of the rows, on which the model errs on 40 % and the patch on ``gain`` fewer; elsewhere 25 %."""
    rng = np.random.default_rng(seed)
    mask = rng.random(n) < 0.2
    draw = rng.random((2, n))
    model = (draw[0] >= np.where(mask, 0.4, 0.25)).astype(np.int32)
    patch = (draw[1] >= 0.4 - gain).astype(np.int32)
    return zero_one([1] * n), mask, model, patch


# The ledger


def test_the_first_test_has_half_of_delta() -> None:
    assert Ledger(0.05).level() == 0.025


@given(qs, qs)
def test_the_third_level_is_delta_times_what_the_bits_left_over_twelve(first: float, second: float) -> None:
    ledger = Ledger(0.05).charge(first, passed=True).charge(second, passed=False)
    assert ledger.tests == 2
    assert ledger.spent == pytest.approx(-log(first) - log(1 - second))
    assert ledger.level() == pytest.approx(0.05 * exp(-ledger.spent) / 12)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_levels_of_all_histories_of_adaptive_tests_add_up_to_less_than_delta(seed: int) -> None:
    rng = np.random.default_rng(seed)
    total, open_ledgers = 0.0, [Ledger(0.05)]
    for _ in range(9):
        total += sum(ledger.level() for ledger in open_ledgers)
        chosen = [(ledger, rng.uniform(0.02, 0.98)) for ledger in open_ledgers]  # q may depend on all that came before
        open_ledgers = [ledger.charge(q, passed) for (ledger, q), passed in product(chosen, (True, False))]
    assert total == pytest.approx(0.05 * (1 - 1 / 10))


def test_what_everyone_expected_costs_almost_nothing() -> None:
    expected, surprising = Ledger(0.05).charge(0.98, passed=True), Ledger(0.05).charge(0.98, passed=False)
    assert expected.spent < 0.021
    assert surprising.spent > 3.9


@pytest.mark.parametrize("q", [0.0, 0.019, 0.981, 1.0, np.nan])
def test_refuses_a_prediction_that_could_cost_everything(q: float) -> None:
    with pytest.raises(OutOfRangeError):
        Ledger(0.05).charge(q, passed=True)
    Ledger(0.05).charge(0.02, passed=True)


@pytest.mark.parametrize("fields", [(0.0,), (1.0,), (np.nan,), (0.05, -1), (0.05, 0, -0.1), (0.05, 0, np.inf)])
def test_refuses_a_ledger_that_is_none(fields: tuple[float, ...]) -> None:
    with pytest.raises(OutOfRangeError):
        Ledger(*fields)  # type: ignore[arg-type]
    Ledger(0.05, 3, 1.5)


# The claim and the gate


def test_a_claim_of_both_parts_has_the_larger_p_value() -> None:
    sample, mask, model, patch = played(2000, gain=0.2)
    losses = sample.losses(model), sample.losses(patch)
    parts = (
        test_repair(sample, mask, *losses, seed=0),
        test_underperformance(sample, mask, model, harm=Harm.ERROR, margin=0.05, seed=0),
    )
    assert test_claim(sample, mask, model, patch, BOTH, seed=0) == max(parts, key=lambda test: test.p_value)
    assert test_claim(sample, mask, model, patch, REPAIR, seed=0) == parts[0]
    underperformance = Claim(False, True, Harm.ERROR, 0.05)
    assert test_claim(sample, mask, model, patch, underperformance, seed=0) == parts[1]


def test_a_good_patch_on_a_group_that_is_served_well_does_not_meet_both_parts() -> None:
    sample, mask, model, patch = played(4000, gain=0.4)
    served_well = ~mask
    assert gate(sample, served_well, model, patch, REPAIR, seed=0)[0]
    assert not gate(sample, served_well, model, patch, BOTH, seed=0)[0]


def test_a_claim_must_require_something() -> None:
    with pytest.raises(OutOfRangeError):
        Claim(repair=False, underperformance=False, harm=Harm.ERROR)
    Claim(repair=False, underperformance=True, harm=Harm.ERROR)


def test_the_gate_opens_at_five_percent_exactly() -> None:
    n = 5  # five rows fixed and none broken: p = 1/32; four: 1/16
    sample, everyone, wrong = zero_one([1] * n), np.ones(n, dtype=bool), codes(*[0] * n)
    assert gate(sample, everyone, wrong, codes(1, 1, 1, 1, 1), REPAIR, seed=0) == (True, 1 / 32)
    assert gate(sample, everyone, wrong, codes(1, 1, 1, 1, 0), REPAIR, seed=0) == (False, 1 / 16)


def test_an_empty_group_does_not_pass_the_gate() -> None:
    sample, mask, model, patch = played(100, gain=0.4)
    for claim in (REPAIR, BOTH):
        assert gate(sample, np.zeros_like(mask), model, patch, claim, seed=0) == (False, 1.0)


# The prediction


@pytest.mark.parametrize("claim", [REPAIR, BOTH])
def test_predictions_stay_within_what_the_ledger_takes(claim: Claim) -> None:
    for gain in (-0.4, 0.0, 0.1, 0.4):
        q = predict_pass(*played(4000, gain=gain), claim, sealed_rows=8000, level=0.01)
        Ledger(0.05).charge(q, passed=True)


def test_predictions_rise_with_the_evidence_and_with_the_sealed_rows() -> None:
    by_gain = [predict_pass(*played(4000, gain=g), REPAIR, sealed_rows=8000, level=0.01) for g in (-0.1, 0.04, 0.3)]
    by_rows = [predict_pass(*played(4000, gain=0.07), REPAIR, sealed_rows=r, level=0.001) for r in (400, 4000, 40_000)]
    by_level = [predict_pass(*played(4000, gain=0.05), REPAIR, sealed_rows=8000, level=a) for a in (1e-6, 1e-3, 0.1)]
    for chances in (by_gain, by_rows, by_level):
        assert chances == sorted(chances)
        assert chances[0] < chances[-1]


def test_a_claim_of_both_parts_is_predicted_to_pass_less_often() -> None:
    game = played(4000, gain=0.1)
    both, repair = (predict_pass(*game, claim, sealed_rows=4000, level=0.001) for claim in (BOTH, REPAIR))
    assert 0.02 < both < repair


def test_predictions_are_right_about_as_often_as_they_say() -> None:
    predicted, passed = [], []
    for seed in range(150):
        sample, mask, model, patch = played(9000, gain=0.06, seed=seed)
        split = np.split(np.arange(9000), [3000])
        holdout, sealed = ((sample.take(rows), mask[rows], model[rows], patch[rows]) for rows in split)
        predicted.append(predict_pass(*holdout, REPAIR, sealed_rows=6000, level=0.01))
        passed.append(test_claim(*sealed, REPAIR, seed=0).p_value <= 0.01)
    assert abs(np.mean(predicted) - np.mean(passed)) < 0.15


def test_too_few_sealed_units_to_reach_the_level_are_predicted_to_fail() -> None:
    units = np.repeat(np.arange(4, dtype=np.int32), 5)
    sample, everyone = zero_one([1] * 20, units=units), np.ones(20, dtype=bool)
    game = sample, everyone, codes(*[0] * 20), codes(*[1] * 20)
    assert predict_pass(*game, REPAIR, sealed_rows=20, level=0.025) == 0.02  # 2 ** -4 is more than the level
    assert predict_pass(*game, REPAIR, sealed_rows=60, level=0.025) == 0.98


@pytest.mark.parametrize("kind", ["counts", "weights", "few units", "many units", "squared"])
def test_predictions_of_every_kind_follow_the_evidence(kind: str) -> None:
    n = 2000
    sample = {
        "counts": zero_one([1] * n),
        "weights": zero_one([1] * n, weights=np.ones(n)),
        "few units": zero_one([1] * n, units=np.repeat(np.arange(20, dtype=np.int32), 100)),
        "many units": zero_one([1] * n, units=np.repeat(np.arange(500, dtype=np.int32), 4)),
        "squared": Sample(Loss.SQUARED, np.ones(n), value_range=(0.0, 1.0)),
    }[kind]
    harm = Harm.MEAN_LOSS
    mask = np.arange(n) % 2 == 0
    right, wrong = np.ones_like(sample.labels), np.zeros_like(sample.labels)
    hurt = np.where(mask, wrong, right)  # the model errs on the whole group and nowhere else
    for claim in (Claim(True, False, harm), Claim(False, True, harm, 0.1), Claim(True, True, harm, 0.1)):
        assert predict_pass(sample, mask, hurt, right, claim, sealed_rows=n, level=0.01) == 0.98
        assert predict_pass(sample, mask, right, hurt, claim, sealed_rows=n, level=0.01) == 0.02
        assert predict_pass(sample, 0 * mask == 1, hurt, right, claim, sealed_rows=n, level=0.01) < 0.06


def test_refuses_to_predict_without_a_level_or_rows() -> None:
    game = played(100, gain=0.1)
    for rules in (
        {"sealed_rows": 10, "level": 0.0},
        {"sealed_rows": 10, "level": 1.0},
        {"sealed_rows": -1, "level": 0.1},
    ):
        with pytest.raises(OutOfRangeError):
            predict_pass(*game, REPAIR, **rules)  # type: ignore[arg-type]
    assert predict_pass(*game, REPAIR, sealed_rows=0, level=0.1) < 0.5


def test_refuses_a_harm_that_the_sample_does_not_have() -> None:
    sample, mask, model, patch = played(100, gain=0.1)
    with pytest.raises(UndefinedHarmError):
        gate(sample, mask, model, patch, Claim(False, True, Harm.FALSE_NEGATIVE_RATE), seed=0)
    gate(zero_one([1] * 100, positive=1), mask, model, patch, Claim(False, True, Harm.FALSE_NEGATIVE_RATE), seed=0)


def test_expected_sealed_rows_scale_with_the_splits() -> None:
    assert expected_sealed_rows(0, 100, 300) == 0.0
    assert expected_sealed_rows(50, 100, 300) == 150.0
    for counts in ((101, 100, 300), (-1, 100, 300), (0, 0, 300), (1, 100, -1)):
        with pytest.raises(OutOfRangeError):
            expected_sealed_rows(*counts)


def test_masks_that_do_not_fit_are_refused() -> None:
    sample, _, model, patch = played(100, gain=0.1)
    with pytest.raises(ValueError, match="one entry for each of the 100 rows"):
        gate(sample, mask_of("10"), model, patch, BOTH, seed=0)
