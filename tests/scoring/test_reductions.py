"""Conformance C10: costs and masses that add up to the score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import WrongTypeError
from scoring.losses import Loss, Sample
from scoring.reductions import ELSEWHERE, advantage_and_loss, ternary_costs
from scoring.scores import score
from tests.scoring.samples import classes_game, codes, zero_one


@given(st.integers(0, 2**32 - 1), st.integers(2, 4))
def test_the_costs_of_a_ternary_answer_sum_to_minus_the_score(seed: int, n_classes: int) -> None:
    game = classes_game(seed, n_classes=n_classes)
    rng = np.random.default_rng(seed)
    answers = rng.integers(ELSEWHERE, n_classes, game.sample.n).astype(np.int32)
    costs = ternary_costs(game.sample, game.initial, n_classes)
    patch = np.where(answers == ELSEWHERE, 0, answers).astype(np.int32)
    found = score(game.sample, answers != ELSEWHERE, game.sample.losses(game.initial), game.sample.losses(patch))
    assert costs[np.arange(game.sample.n), answers].sum() == -(found.fixed - found.broken)


@given(st.integers(0, 2**32 - 1))
def test_a_score_is_the_mass_of_its_advantage_less_its_loss_where_the_two_disagree(seed: int) -> None:
    game = classes_game(seed)
    for mask, patch in game.pairs:
        found = score(game.sample, mask, game.sample.losses(game.initial), game.sample.losses(patch))
        advantage, loss = advantage_and_loss(found)
        differ = mask & (patch != game.initial)
        assert advantage == np.mean(differ & (patch == game.sample.labels))
        assert loss == np.mean(differ & (game.initial == game.sample.labels))
        assert found.value == pytest.approx(advantage - loss, abs=1e-15)


def test_refuses_costs_and_masses_of_real_losses() -> None:
    sample = Sample(Loss.SQUARED, np.array([0.0, 1.0]), value_range=(0.0, 1.0))
    with pytest.raises(WrongTypeError):
        ternary_costs(sample, np.zeros(2), 2)
    with pytest.raises(WrongTypeError):
        advantage_and_loss(score(sample, np.ones(2, dtype=bool), np.ones(2), np.zeros(2)))
    ternary_costs(zero_one([0, 1]), codes(0, 0), 2)
