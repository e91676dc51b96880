"""C5, C6, C7, C12 of lists that were changed backwards: a pair taken out, a roll back, a replay from zero."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scoring import kernels
from scoring.decision_list import Leaf, Pointer
from scoring.errors import BudgetSpentError, OutOfRangeError, WrongLengthError
from scoring.merge import ListState, Mode, accept_budget
from scoring.stored_groups import StoredGroups
from scoring.undo import Rules, build, differing, roll_back, without
from tests.scoring.naive import NaiveList, routed
from tests.scoring.samples import Game, classes_game, codes, mask_of, reals_game, zero_one

seeds = st.integers(0, 2**32 - 1)
EVEN = np.arange(0, 40, 2)
modes = st.sampled_from([Mode.CERTIFIED, Mode.STRICT])
games = st.builds(classes_game, seeds, pairs=st.integers(2, 9), error=st.sampled_from([0.2, 0.4, 0.6]))


def rules_of(game: Game, mode: Mode) -> Rules:
    return Rules(game.sample, mode, rows=EVEN if mode is Mode.CERTIFIED else None)


def built(game: Game, rules: Rules) -> ListState:
    return build(ListState.start(game.initial), game.pairs, rules)


def assert_same(one: ListState, other: ListState) -> None:
    assert one.list == other.list
    assert [a.tobytes() for a in one.version_answers] == [a.tobytes() for a in other.version_answers]
    assert [m.tobytes() for m in one.masks] == [m.tobytes() for m in other.masks]


@settings(max_examples=60, deadline=None)
@given(games, modes, st.data())
def test_a_list_without_a_pair_is_the_list_that_never_had_it(game: Game, mode: Mode, data: st.DataObject) -> None:
    rules, index = rules_of(game, mode), data.draw(st.integers(0, len(game.pairs) - 1))
    left = [*game.pairs[:index], *game.pairs[index + 1 :]]
    rebuilt = without(built(game, rules), game.pairs, index, rules)
    assert_same(rebuilt, build(ListState.start(game.initial), left, rules))


@settings(max_examples=60, deadline=None)
@given(seeds, st.booleans(), st.data())
def test_so_is_one_of_real_losses(seed: int, weighted: bool, data: st.DataObject) -> None:
    game = reals_game(seed, pairs=6, weighted=weighted)
    rules, index = rules_of(game, Mode.CERTIFIED), data.draw(st.integers(0, len(game.pairs) - 1))
    left = [*game.pairs[:index], *game.pairs[index + 1 :]]
    rebuilt = without(built(game, rules), game.pairs, index, rules)
    assert_same(rebuilt, build(ListState.start(game.initial), left, rules))


@settings(max_examples=30, deadline=None)
@given(seeds, modes, st.data())
def test_the_naive_reference_builds_the_same_list_without_the_pair(seed: int, mode: Mode, data: st.DataObject) -> None:
    game = classes_game(seed, n=14, pairs=5)
    rules, index = Rules(game.sample, mode), data.draw(st.integers(0, len(game.pairs) - 1))
    naive = NaiveList(game.sample, game.initial)
    for pair in [*game.pairs[:index], *game.pairs[index + 1 :]]:
        naive.merge(pair, mode.value)
    rebuilt = without(built(game, rules), game.pairs, index, rules)
    assert rebuilt.list == naive.pdl
    assert rebuilt.version_answers[-1].tolist() == routed(naive.pdl, game.initial, naive.pairs).tolist()


@settings(max_examples=60, deadline=None)
@given(games, modes, st.lists(st.integers(0, 8), max_size=4))
def test_taking_out_several_in_any_order_leaves_what_the_rest_makes(game: Game, mode: Mode, chosen: list[int]) -> None:
    rules = rules_of(game, mode)
    state, left = built(game, rules), list(game.pairs)
    for index in chosen:
        assume(left)
        state = without(state, left, index % len(left), rules)
        del left[index % len(left)]
    assert_same(state, build(ListState.start(game.initial), left, rules))


@settings(max_examples=80, deadline=None)
@given(games, modes, st.data())
def test_rolled_back_and_merged_again_is_as_if_it_had_never_gone_further(
    game: Game, mode: Mode, data: st.DataObject
) -> None:
    rules, version = rules_of(game, mode), data.draw(st.integers(0, len(game.pairs)))
    back = roll_back(built(game, rules), version)
    assert_same(back, build(ListState.start(game.initial), game.pairs[:version], rules))
    others = data.draw(st.permutations(game.pairs))
    never = build(ListState.start(game.initial), [*game.pairs[:version], *others], rules)
    assert_same(build(back, others, rules), never)


@settings(max_examples=60, deadline=None)
@given(games, modes, st.lists(st.tuples(st.sampled_from(["merge", "out", "back"]), st.integers(0, 99)), max_size=8))
def test_whatever_was_done_the_list_replays_is_that_of_its_pairs_and_its_counts_are_current(
    game: Game, mode: Mode, acts: list[tuple[str, int]]
) -> None:
    rules, stack = rules_of(game, mode), np.stack([np.packbits(mask) for mask, _ in game.pairs])
    state, inside = built(game, rules), list(game.pairs)

    def wrong() -> np.ndarray:
        return np.packbits(state.version_answers[-1] != game.sample.labels)

    groups = StoredGroups(stack, wrong(), game.sample.n)
    for act, number in acts:
        if act == "merge":
            inside.append(game.pairs[number % len(game.pairs)])
            state = build(state, inside[-1:], rules)
        elif act == "back":
            state = roll_back(state, number % (len(inside) + 1))
            inside = inside[: len(state.masks)]
        elif inside:
            state = without(state, inside, number % len(inside), rules)
            del inside[number % len(inside)]
        assert groups.update(wrong()).tolist() == kernels.error_counts(stack, wrong()).tolist()
    assert_same(state, build(ListState.start(game.initial), inside, rules))
    assert differing(state, inside, rules) == []


@settings(max_examples=60, deadline=None)
@given(games, st.data())
def test_a_rebuilt_list_leaves_no_group_worse_and_never_raises_the_loss(game: Game, data: st.DataObject) -> None:
    rules, index = rules_of(game, Mode.CERTIFIED), data.draw(st.integers(0, len(game.pairs) - 1))
    rebuilt = without(built(game, rules), game.pairs, index, rules)
    losses = [game.sample.losses(answers)[EVEN] for answers in rebuilt.version_answers]
    assert all(after.sum() <= before.sum() for before, after in pairwise(losses))
    for introduced, mask in enumerate(rebuilt.masks):
        by_version = [each[mask[EVEN]].sum() for each in losses]
        assert all(by_version[v] <= min(by_version[:v]) for v in range(introduced + 1, len(by_version)))


@settings(max_examples=60, deadline=None)
@given(games, modes)
def test_a_replay_from_zero_finds_every_version(game: Game, mode: Mode) -> None:
    rules = rules_of(game, mode)
    assert differing(built(game, rules), game.pairs, rules) == []


@settings(max_examples=60, deadline=None)
@given(games, st.data())
def test_a_replay_names_the_version_whose_answers_were_changed(game: Game, data: st.DataObject) -> None:
    rules, version = Rules(game.sample, Mode.THEOREM, epsilon=0.05), data.draw(st.integers(1, len(game.pairs)))
    state = built(game, rules)
    changed = state.version_answers[version].copy()
    changed[0] += 1
    answers = [*state.version_answers[:version], changed, *state.version_answers[version + 1 :]]
    found = differing(replace(state, version_answers=answers), game.pairs, rules)
    assert found[0] == version
    assert differing(state, game.pairs, rules) == []


REPAIRED = [("110000", "111111"), ("001100", "111111"), ("111111", "010111")]


def repaired() -> tuple[ListState, list[tuple[np.ndarray, np.ndarray]], Rules]:
    """Three pairs, the last of which breaks a row of each of the others, and is repaired."""
    rules = Rules(zero_one([1] * 6), Mode.CERTIFIED)
    pairs = [(mask_of(mask), codes(*map(int, patch))) for mask, patch in REPAIRED]
    return build(ListState.start(np.zeros(6, np.int32)), pairs, rules), pairs, rules


def test_repairs_that_a_pair_called_for_go_with_it_and_others_name_the_versions_that_are_left() -> None:
    state, pairs, rules = repaired()
    assert state.list.nodes[-3:] == (Leaf(2, 2), Pointer(1, 2), Pointer(0, 2))
    assert without(state, pairs, 0, rules).list.nodes == (Leaf(0, 0), Leaf(1, 1), Pointer(0, 1))
    assert without(state, pairs, 2, rules).list.nodes == (Leaf(0, 0), Leaf(1, 1))


def test_a_replay_names_the_version_whose_repairs_are_in_another_order() -> None:
    state, pairs, rules = repaired()
    nodes = (*state.list.nodes[:-2], *reversed(state.list.nodes[-2:]))
    swapped = replace(state, list=replace(state.list, nodes=nodes))
    assert differing(swapped, pairs, rules) == [3]
    assert differing(state, pairs, rules) == []


def test_the_state_that_is_changed_backwards_is_left_as_it_was() -> None:
    state, pairs, rules = repaired()
    before = (state.list, [a.tobytes() for a in state.version_answers], len(state.masks))
    without(state, pairs, 0, rules)
    roll_back(state, 1)
    assert before == (state.list, [a.tobytes() for a in state.version_answers], len(state.masks))


def test_what_the_list_does_not_have_is_refused() -> None:
    state, pairs, rules = repaired()
    for version in (-1, 4):
        with pytest.raises(OutOfRangeError):
            roll_back(state, version)
    for index in (-1, 3):
        with pytest.raises(OutOfRangeError):
            without(state, pairs, index, rules)
    with pytest.raises(WrongLengthError):
        without(state, pairs[:2], 0, rules)
    assert roll_back(state, 3).list == state.list


def test_theorem_mode_gives_back_what_the_pair_and_its_repairs_used_of_the_budget() -> None:
    sample = zero_one([1] * 4)
    rules = Rules(sample, Mode.THEOREM, epsilon=1.0)
    pair = (mask_of("1111"), np.ones(4, np.int32))
    pairs = [pair] * accept_budget(1.0)
    full = build(ListState.start(np.zeros(4, np.int32)), pairs, rules)
    with pytest.raises(BudgetSpentError):
        build(full, [pair], rules)
    assert build(without(full, pairs, 0, rules), [pair], rules).list.head == len(pairs)
