"""Marginal rewards: each pair against the version before it, and repairs as a line of their own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.decision_list import DecisionList, Leaf
from scoring.errors import WrongLengthError
from scoring.merge import ListState, Mode, merge
from scoring.rewards import marginal_rewards, mean_loss
from scoring.scores import score
from tests.scoring.samples import Game, classes_game, codes, mask_of, reals_game, zero_one

seeds = st.integers(0, 2**32 - 1)


def merged(game: Game) -> ListState:
    state = ListState.start(game.initial)
    for pair in game.pairs:
        state = merge(state, *pair, sample=game.sample, mode=Mode.CERTIFIED).state
    return state


@settings(max_examples=40, deadline=None)
@given(st.one_of(st.builds(classes_game, seeds), st.builds(reals_game, seeds, weighted=st.booleans())))
def test_rewards_and_repairs_add_up_to_the_fall_in_loss(game: Game) -> None:
    state = merged(game)
    found = marginal_rewards(game.sample, game.initial, game.pairs, state.list)
    first, last = (
        mean_loss(game.sample, game.sample.losses(answers)) for answers in state.version_answers[:: len(game.pairs)]
    )
    assert found.total == pytest.approx(first - last, abs=1e-12)
    assert sum(each.value for each in found.marginal) + found.repairs == pytest.approx(found.total, abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_each_reward_is_the_score_against_the_version_before(seed: int) -> None:
    game = classes_game(seed)
    state, sample = merged(game), game.sample
    found = marginal_rewards(sample, game.initial, game.pairs, state.list)
    expected = [
        score(sample, mask, sample.losses(before), sample.losses(patch))
        for (mask, patch), before in zip(game.pairs, state.version_answers, strict=False)
    ]
    assert list(found.marginal) == expected


def test_a_second_finder_of_the_same_gain_gets_nothing() -> None:
    pair = (mask_of("1100"), codes(1, 1, 1, 1))
    pdl = DecisionList((Leaf(0, 0), Leaf(1, 1)), (0, 1, 2))
    found = marginal_rewards(zero_one([1] * 4), codes(0, 0, 0, 0), [pair, pair], pdl)
    assert [each.value for each in found.marginal] == [0.5, 0.0]
    assert found.repairs == 0.0


def test_refuses_a_list_with_other_leaves_than_pairs() -> None:
    pdl = DecisionList((Leaf(0, 0),), (0, 1))
    sample, pair = zero_one([1, 1]), (mask_of("10"), codes(1, 1))
    for pairs in ([], [pair, pair]):
        with pytest.raises(WrongLengthError):
            marginal_rewards(sample, np.zeros(2, np.int32), pairs, pdl)
    assert marginal_rewards(sample, np.zeros(2, np.int32), [pair], pdl).total == 0.5
