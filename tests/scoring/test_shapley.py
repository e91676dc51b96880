"""Shapley values: against their definition, and what their lines add up to."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.decision_list import apply_leaf
from scoring.errors import OutOfRangeError, ScoringError
from scoring.merge import ListState, Mode, merge
from scoring.rewards import mean_loss
from scoring.shapley import shapley_rewards
from tests.scoring.samples import Game, classes_game, codes, mask_of, reals_game, zero_one

seeds = st.integers(0, 2**32 - 1)
games = st.one_of(
    st.builds(classes_game, seeds, pairs=st.just(4)),
    st.builds(reals_game, seeds, pairs=st.just(4), weighted=st.booleans()),
)


def worth(game: Game, chosen: tuple[int, ...]) -> float:
    """What the list of the chosen pairs, in merge order, takes off the loss."""
    answers = game.initial
    for pair in sorted(chosen):
        answers = apply_leaf(answers, *game.pairs[pair])
    return mean_loss(game.sample, game.sample.losses(game.initial)) - mean_loss(
        game.sample, game.sample.losses(answers)
    )


@settings(max_examples=30, deadline=None)
@given(games)
def test_all_permutations_give_the_value_by_its_definition(game: Game) -> None:
    k = len(game.pairs)
    found = shapley_rewards(game.sample, game.initial, game.pairs, game.initial, seed=0)
    for pair in range(k):
        others = [other for other in range(k) if other != pair]
        expected = sum(
            factorial(size)
            * factorial(k - size - 1)
            / factorial(k)
            * (worth(game, (*chosen, pair)) - worth(game, chosen))
            for size in range(k)
            for chosen in combinations(others, size)
        )
        assert found.values[pair] == pytest.approx(expected, abs=1e-12)
    assert found.standard_errors == (0.0,) * k


@settings(max_examples=30, deadline=None)
@given(games)
def test_values_and_repairs_add_up_to_the_fall_in_loss_however_few_the_permutations(game: Game) -> None:
    state = ListState.start(game.initial)
    for pair in game.pairs:
        state = merge(state, *pair, sample=game.sample, mode=Mode.CERTIFIED).state
    live = state.version_answers[-1]
    found = shapley_rewards(game.sample, game.initial, game.pairs, live, seed=1, most=2)
    everyone = tuple(range(len(game.pairs)))
    assert sum(found.values) == pytest.approx(worth(game, everyone), abs=1e-12)
    fall = mean_loss(game.sample, game.sample.losses(game.initial)) - mean_loss(game.sample, game.sample.losses(live))
    assert sum(found.values) + found.repairs == pytest.approx(fall, abs=1e-12)


def test_drawn_permutations_come_within_their_standard_errors() -> None:
    z = []
    for seed in range(20):
        game = classes_game(seed, n=200, pairs=6)
        exact, drawn = (
            shapley_rewards(game.sample, game.initial, game.pairs, game.initial, seed=seed, most=most)
            for most in (720, 100)
        )
        errors = np.array(drawn.standard_errors)
        assert exact.permutations == factorial(len(game.pairs))
        z += ((np.array(drawn.values) - exact.values)[errors > 0] / errors[errors > 0]).tolist()
    assert 0.7 < np.std(z) < 1.3


def test_the_error_of_a_teams_sum_is_that_of_its_patches_together() -> None:
    team, z = [0, 1, 4], []
    for seed in range(60):
        game = classes_game(seed, n=60, pairs=5)
        exact, drawn = (
            shapley_rewards(game.sample, game.initial, game.pairs, game.initial, seed=seed, most=most)
            for most in (120, 60)
        )
        assert drawn.error_of_sum([3]) == pytest.approx(drawn.standard_errors[3])
        assert drawn.error_of_sum(range(5)) == pytest.approx(0, abs=1e-8)  # all orders add up to the same
        assert drawn.error_of_sum(team) < sum(drawn.standard_errors[pair] for pair in team)
        assert exact.error_of_sum(team) == drawn.error_of_sum([]) == 0.0
        z.append(sum(drawn.values[pair] - exact.values[pair] for pair in team) / drawn.error_of_sum(team))
    assert 0.7 < np.std(z) < 1.3


def test_two_finders_of_the_same_gain_share_it() -> None:
    pair = (mask_of("1100"), codes(1, 1, 1, 1))
    found = shapley_rewards(zero_one([1] * 4), codes(0, 0, 0, 0), [pair, pair], codes(1, 1, 0, 0), seed=0)
    assert found.values == (0.25, 0.25)
    assert (found.of_all, found.repairs) == (0.5, 0.0)


def test_nothing_merged_is_worth_nothing() -> None:
    found = shapley_rewards(zero_one([1, 1]), codes(0, 0), [], codes(0, 0), seed=0)
    assert (found.values, found.of_all, found.repairs) == ((), 0.0, 0.0)


def test_refuses_one_permutation_and_masks_that_do_not_fit() -> None:
    sample, pair = zero_one([1, 1]), (mask_of("10"), codes(1, 1))
    with pytest.raises(OutOfRangeError):
        shapley_rewards(sample, codes(0, 0), [pair], codes(0, 0), seed=0, most=1)
    with pytest.raises(ScoringError):
        shapley_rewards(sample, codes(0, 0), [(mask_of("101"), codes(1, 1))], codes(0, 0), seed=0)
    assert shapley_rewards(sample, codes(0, 0), [pair], codes(1, 0), seed=0, most=2).values == (0.5,)
