"""A preview says beforehand what the merge then does, to whom, and by which repairs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.decision_list import Pointer
from scoring.errors import EmptyGroupError, OutOfRangeError
from scoring.merge import ListState, Mode
from scoring.previews import preview
from scoring.undo import Rules, build
from tests.scoring.samples import classes_game, codes, mask_of, reals_game, zero_one

seeds = st.integers(0, 2**32 - 1)
EVEN = np.arange(0, 40, 2)


@settings(max_examples=60, deadline=None)
@given(seeds, st.booleans())
def test_a_preview_is_what_the_merge_then_does(seed: int, real: bool) -> None:
    game = reals_game(seed, pairs=6, weighted=True) if real else classes_game(seed, pairs=6)
    rules = Rules(game.sample, Mode.CERTIFIED, rows=EVEN)
    state = build(ListState.start(game.initial), game.pairs[:-1], rules)
    found, outcome = preview(state, game.pairs[-1], rules), rules.merge(state, game.pairs[-1])
    assert found.repairs == outcome.repairs
    weights = np.ones(40) if game.sample.weights is None else game.sample.weights
    losses = game.sample.losses(outcome.answers)
    for each, mask in zip(found.groups[1:], outcome.state.masks, strict=True):
        inside = mask & np.isin(np.arange(40), EVEN)
        assert each.rows == inside.sum()
        expected = np.average(losses[inside], weights=weights[inside]) if inside.any() else None
        assert each.repaired == (expected if expected is None else pytest.approx(expected))
        assert not each.stays_worse


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_rows_that_win_and_lose_are_those_of_the_group_and_add_up_to_the_change(seed: int) -> None:
    game = classes_game(seed, pairs=4)
    rules = Rules(game.sample, Mode.CERTIFIED, rows=EVEN)
    state = build(ListState.start(game.initial), game.pairs[:-1], rules)
    for each in preview(state, game.pairs[-1], rules).groups:
        if each.rows:
            change = (each.unrepaired - each.by_version[-1]) * each.rows
            assert each.worse_rows - each.better_rows == pytest.approx(change)
            assert each.gets_worse == (each.worse_rows > each.better_rows)


def test_a_slack_lets_a_group_stay_worse_and_the_preview_says_so() -> None:
    sample = zero_one([1] * 6)
    rules = Rules(sample, Mode.CERTIFIED, rows=np.arange(6))
    first = (mask_of("111000"), np.ones(6, np.int32))
    state = build(ListState.start(codes(1, 1, 1, 0, 0, 0)), [first], rules)
    pair = mask_of("011111"), codes(1, 1, 0, 1, 1, 1)  # breaks one row of the first group, fixes three others
    strict = preview(state, pair, rules)
    slack = preview(state, pair, Rules(sample, Mode.CERTIFIED, rows=np.arange(6), slack_rows=1))
    assert (strict.repairs, strict.groups[1].gets_worse, strict.groups[1].stays_worse) == (
        (Pointer(0, 1),),
        True,
        False,
    )
    assert (slack.repairs, slack.groups[1].gets_worse, slack.groups[1].stays_worse) == ((), True, True)


def test_a_group_without_a_row_there_has_no_loss_and_does_not_get_worse() -> None:
    rules = Rules(zero_one([1] * 4), Mode.CERTIFIED, rows=np.arange(2))
    found = preview(ListState.start(np.ones(4, np.int32)), (mask_of("0011"), np.zeros(4, np.int32)), rules)
    assert (found.groups[1].rows, found.groups[1].unrepaired, found.groups[1].gets_worse) == (0, None, False)
    assert found.groups[0].rows == 2


def test_a_preview_is_refused_without_rows_that_may_be_looked_at_and_for_a_group_of_nobody() -> None:
    sample, start = zero_one([1] * 4), ListState.start(np.zeros(4, np.int32))
    pair = (mask_of("1100"), np.ones(4, np.int32))
    with pytest.raises(OutOfRangeError):
        preview(start, pair, Rules(sample, Mode.CERTIFIED))
    allowed = Rules(sample, Mode.CERTIFIED, rows=np.arange(4))
    with pytest.raises(EmptyGroupError):
        preview(start, (mask_of("0000"), pair[1]), allowed)
    assert preview(start, pair, allowed).repairs == ()
