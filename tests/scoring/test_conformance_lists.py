"""Conformance C1, C2, C8 and C12: scores add up, and every way of reading a list gives the same answers."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.decision_list import DecisionList, Leaf, ListPredictor, Pointer, apply_leaf, replay
from scoring.errors import OutOfRangeError, WrongLengthError, WrongTypeError
from scoring.merge import ListState, Mode, merge
from scoring.scores import score
from scoring.types import Answers
from tests.scoring import naive
from tests.scoring.samples import Game, classes_game, codes, mask_of, reals_game

seeds = st.integers(0, 2**32 - 1)
games = st.one_of(st.builds(classes_game, seeds), st.builds(reals_game, seeds))


def merged(game: Game, mode: Mode = Mode.CERTIFIED) -> ListState:
    state = ListState.start(game.initial)
    for mask, patch in game.pairs:
        state = merge(state, mask, patch, sample=game.sample, mode=mode).state
    return state


def predict(state: ListState, game: Game, rows: np.ndarray) -> Answers:
    """Batch routing of the rows at these positions, through callables that see only what reaches them."""

    def patch(values: Answers) -> Callable[[np.ndarray], Answers]:
        return lambda positions: values[rows[positions]]

    masks = np.packbits(np.stack(state.masks)[:, rows], axis=1)
    return ListPredictor(state.list).predict(masks, patch(game.initial), [patch(h) for _, h in game.pairs], len(rows))


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_a_merge_lowers_the_errors_by_exactly_n_times_the_score(seed: int) -> None:
    game = classes_game(seed, n=57)
    mask, patch = game.pairs[0]
    before, after = game.sample.losses(game.initial), game.sample.losses(apply_leaf(game.initial, mask, patch))

    found = score(game.sample, mask, before, game.sample.losses(patch))

    assert found.fixed is not None
    assert found.broken is not None
    assert after.sum() == before.sum() - (found.fixed - found.broken)
    assert found.value == (found.fixed - found.broken) / 57


@settings(max_examples=60, deadline=None)
@given(seeds, st.booleans())
def test_a_merge_lowers_a_real_loss_by_the_score(seed: int, weighted: bool) -> None:
    game = reals_game(seed, weighted=weighted)
    sample, (mask, patch) = game.sample, game.pairs[0]
    weights = np.ones(sample.n) if sample.weights is None else sample.weights
    before, after = sample.losses(game.initial), sample.losses(apply_leaf(game.initial, mask, patch))

    found = score(sample, mask, before, sample.losses(patch))

    total = float(np.dot(weights, before))
    assert float(np.dot(weights, after)) == pytest.approx(total - weights.sum() * found.value, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(games)
def test_an_update_answers_as_the_patch_on_the_group_and_as_before_off_it(game: Game) -> None:
    mask, patch = game.pairs[0]
    updated = apply_leaf(game.initial, mask, patch)
    assert (updated[mask] == patch[mask]).all()
    assert (updated[~mask] == game.initial[~mask]).all()


def test_an_update_leaves_its_input_untouched() -> None:
    answers = codes(0, 0, 0)
    apply_leaf(answers, mask_of("110"), codes(1, 1, 1))
    assert answers.tolist() == [0, 0, 0]


@settings(max_examples=40, deadline=None)
@given(games)
def test_cache_routing_and_the_naive_reference_agree(game: Game) -> None:
    state = merged(game)
    rows = np.arange(game.sample.n)
    expected = naive.routed(state.list, game.initial, game.pairs)
    assert state.version_answers[-1].tolist() == expected.tolist()
    assert predict(state, game, rows).tolist() == expected.tolist()


@settings(max_examples=20, deadline=None)
@given(games)
def test_every_version_agrees_with_the_naive_reference(game: Game) -> None:
    state = merged(game)
    for version, answers in enumerate(state.version_answers):
        assert answers.tolist() == naive.routed(state.list.at(version), game.initial, game.pairs).tolist()


@settings(max_examples=40, deadline=None)
@given(games, seeds)
def test_routing_does_not_depend_on_subset_order_or_repetition_of_rows(game: Game, seed: int) -> None:
    state = merged(game)
    rows = np.random.default_rng(seed).integers(0, game.sample.n, 3 * game.sample.n // 2)  # shuffled, odd, repeated
    assert predict(state, game, rows).tolist() == state.version_answers[-1][rows].tolist()
    assert predict(state, game, rows[:1]).tolist() == state.version_answers[-1][rows[:1]].tolist()
    assert predict(state, game, rows[:0]).tolist() == []


def test_repeated_and_concurrent_calls_answer_alike() -> None:
    game = classes_game(5, n=3001, pairs=12)
    state = merged(game)
    rows = np.arange(3001)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: predict(state, game, rows), range(32)))
    assert all((answers == state.version_answers[-1]).all() for answers in found)


def test_each_patch_is_called_at_most_once_and_only_on_rows_that_reach_it() -> None:
    game = classes_game(11, n=200)
    state = merged(game)
    calls: list[tuple[int, list[int]]] = []

    def recording(number: int, values: Answers) -> Callable[[np.ndarray], Answers]:
        return lambda rows: (calls.append((number, rows.tolist())), values[rows])[1]

    masks = np.packbits(np.stack(state.masks), axis=1)
    predictor = ListPredictor(state.list)
    patches = [recording(number, patch) for number, (_, patch) in enumerate(game.pairs)]
    predictor.predict(masks, lambda rows: game.initial[rows], patches, 200)

    leaves = predictor.leaves(masks, 200)
    patch_of = {node: leaf.patch for node, leaf in enumerate(state.list.nodes) if isinstance(leaf, Leaf)}
    reached = {patch_of[leaf] for leaf in leaves.tolist() if leaf >= 0}
    assert sorted(number for number, _ in calls) == sorted(reached)
    assert all({patch_of[leaves[row]] for row in rows} == {number} for number, rows in calls)


def test_an_exception_in_a_patch_passes_through_and_does_not_spoil_the_next_prediction() -> None:
    predictor = ListPredictor(DecisionList((Leaf(0, 0),), (0, 1)))
    masks, zeros = np.packbits(np.ones((1, 3), dtype=bool), axis=1), lambda rows: np.zeros(len(rows), np.int32)

    with pytest.raises(ZeroDivisionError):
        predictor.predict(masks, zeros, [lambda rows: codes(1 // 0)], 3)

    assert predictor.predict(masks, zeros, [lambda rows: np.ones(len(rows), np.int32)], 3).tolist() == [1, 1, 1]


def test_a_list_of_2000_nodes_is_read_without_recursion() -> None:
    nodes = tuple(Leaf(0, 0) if i % 2 == 0 else Pointer(0, i // 2) for i in range(2000))
    pdl = DecisionList(nodes, (0, *range(2, 2001, 2)))
    game = Game(classes_game(0).sample, codes(0, 0), [(mask_of("10"), codes(1, 1))])
    assert replay(game.initial, game.pairs, pdl)[-1].tolist() == naive.routed(pdl, game.initial, game.pairs).tolist()


@settings(max_examples=40, deadline=None)
@given(games, st.sampled_from(list(Mode)[1:]))
def test_replay_rebuilds_every_version_from_the_pairs_and_the_nodes(game: Game, mode: Mode) -> None:
    state = merged(game, mode)
    rebuilt = replay(game.initial, game.pairs, state.list)
    assert [answers.tobytes() for answers in rebuilt] == [answers.tobytes() for answers in state.version_answers]


def test_replay_sends_everyone_back_to_a_version() -> None:
    pdl = DecisionList((Leaf(0, 0), Leaf(1, 1), Pointer(-1, 0)), (0, 1, 3))
    pairs = [(mask_of("10"), codes(1, 1)), (mask_of("01"), codes(1, 1))]
    assert replay(codes(0, 0), pairs, pdl)[-1].tolist() == [0, 0]
    assert naive.answers(2, pdl, codes(0, 0), pairs) == [0, 0]


@pytest.mark.parametrize(
    ("nodes", "ends"),
    [
        ((Pointer(0, 1),), (0, 1)),
        ((Leaf(0, 0), Pointer(0, -1)), (0, 2)),
        ((Leaf(-1, 0),), (0, 1)),
        ((Leaf(0, 0),), (0,)),
        ((Leaf(0, 0),), (1,)),
        ((), ()),
    ],
)
def test_refuses_a_list_that_cannot_be_read(nodes: tuple[Leaf | Pointer, ...], ends: tuple[int, ...]) -> None:
    with pytest.raises(OutOfRangeError):
        DecisionList(nodes, ends)
    DecisionList((Leaf(0, 0), Pointer(0, 0)), (0, 2))


def test_refuses_patches_that_answer_in_another_length_or_type() -> None:
    predictor = ListPredictor(DecisionList((Leaf(0, 0),), (0, 1)))
    masks, zeros = np.packbits(np.ones((1, 3), dtype=bool), axis=1), lambda rows: np.zeros(len(rows), np.int32)
    with pytest.raises(WrongLengthError):
        predictor.predict(masks, zeros, [lambda rows: codes(1)], 3)
    with pytest.raises(WrongTypeError):
        predictor.predict(masks, zeros, [lambda rows: np.ones(len(rows))], 3)
    with pytest.raises(WrongLengthError):
        predictor.predict(masks, zeros, [], 3)  # else the rows of a patch that is not given would answer 0
    predictor.predict(masks, zeros, [lambda rows: np.ones(len(rows), np.int32)], 3)
