"""A table that grows by a group or a version is the table that is built from all of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.merge import ListState, Mode, merge
from scoring.repairs import LossTable
from tests.scoring.samples import Game, classes_game, reals_game

seeds = st.integers(0, 2**32 - 1)
games = st.one_of(
    st.builds(classes_game, seeds, n=st.sampled_from([8, 40, 65])),
    st.builds(reals_game, seeds, weighted=st.booleans()),
)


@settings(max_examples=40, deadline=None)
@given(games)
def test_growing_is_building_anew(game: Game) -> None:
    masks, versions = [mask for mask, _ in game.pairs], [game.initial, *(answers for _, answers in game.pairs)]
    table = LossTable(game.sample, masks[:1], versions[:1])
    for mask, answers in zip(masks[1:], versions[1:], strict=False):
        table = table.with_group(mask).with_version(answers)
    whole = LossTable(game.sample, masks, versions[: len(masks)])
    assert table.sums.tolist() == whole.sums.tolist()
    assert table.heads(versions[-1]).tolist() == whole.heads(versions[-1]).tolist()


@pytest.mark.parametrize("make", [classes_game, reals_game])
@pytest.mark.parametrize("some", [False, True])
def test_merges_that_remember_decide_as_merges_that_count_again(make: object, some: bool) -> None:
    for seed in range(10):
        game = make(seed, pairs=8)  # type: ignore[operator]
        rows = np.arange(0, game.sample.n, 2) if some else None
        rules = {"sample": game.sample, "mode": Mode.CERTIFIED, "rows": rows}
        remembering = forgetful = ListState.start(game.initial)
        for pair in game.pairs:
            remembering = merge(remembering, *pair, **rules).state
            forgetful = merge(forgetful, *pair, **rules).state
            forgetful = ListState(forgetful.list, forgetful.version_answers, forgetful.masks)
        assert remembering.table is not None
        assert remembering.list == forgetful.list
        assert np.array_equal(remembering.version_answers[-1], forgetful.version_answers[-1])


def test_a_state_that_is_merged_on_other_rows_counts_again() -> None:
    game = classes_game(3, pairs=2)
    first = merge(ListState.start(game.initial), *game.pairs[0], sample=game.sample, mode=Mode.STRICT).state
    some = np.arange(0, game.sample.n, 3)
    again = ListState(first.list, first.version_answers, first.masks)
    found = [merge(s, *game.pairs[1], sample=game.sample, mode=Mode.STRICT, rows=some) for s in (first, again)]
    assert found[0].nodes == found[1].nodes
