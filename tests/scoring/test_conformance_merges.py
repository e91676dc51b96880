"""Conformance C4 to C7: budgets, monotone repair, falling loss, and the order of repairs, pinned."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.decision_list import Leaf, Node, Pointer, apply_leaf
from scoring.errors import BudgetSpentError
from scoring.losses import Loss, Sample
from scoring.merge import ListState, MergeOutcome, Mode, accept_budget, accepts, merge
from scoring.scores import Score, score
from scoring.types import Answers, Bools
from tests.scoring.naive import NaiveList
from tests.scoring.samples import Game, classes_game, codes, mask_of, reals_game, zero_one

seeds = st.integers(0, 2**32 - 1)
EVEN = np.arange(0, 40, 2)


def score_of(state: ListState, game: Game, mask: Bools, patch: Answers) -> Score:
    head = state.version_answers[-1]
    return score(game.sample, mask, game.sample.losses(head), game.sample.losses(patch))


def group_loss(sample: Sample, mask: Bools, answers: Answers) -> float:
    return float(sample.losses(answers)[mask].sum())


def assert_monotone(state: ListState, sample: Sample, rows: np.ndarray, slack: float) -> None:
    """No protected group is worse under the newest version than under any earlier one, but for the slack."""
    on_rows = np.isin(np.arange(sample.n), rows)
    for mask in state.masks:
        losses = [group_loss(sample, mask & on_rows, answers) for answers in state.version_answers]
        assert losses[-1] <= min(losses) + slack


def play(game: Game, mode: Mode, **rules: object) -> list[MergeOutcome]:
    """Merge every pair that the mode's rule accepts, in order."""
    state, outcomes = ListState.start(game.initial), []
    epsilon = rules.get("epsilon")
    for mask, patch in game.pairs:
        if accepts(score_of(state, game, mask, patch), mode=mode, epsilon=epsilon):
            outcomes.append(merge(state, mask, patch, sample=game.sample, mode=mode, **rules))
            state = outcomes[-1].state
    return outcomes


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_strict_mode_leaves_no_group_worse_and_lowers_the_loss_every_time(seed: int) -> None:
    game = classes_game(seed, pairs=10)
    losses = [game.sample.losses(game.initial).sum()]
    for outcome in play(game, Mode.STRICT):
        assert_monotone(outcome.state, game.sample, np.arange(40), slack=0)
        losses.append(game.sample.losses(outcome.answers).sum())
    assert all(after < before for before, after in pairwise(losses))


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(0, 2))
def test_certified_mode_keeps_every_group_on_the_guard_rows_even_if_the_pair_hurts_there(seed: int, slack: int) -> None:
    game = classes_game(seed, pairs=10)
    state = ListState.start(game.initial)
    for mask, patch in game.pairs:  # whatever another sample said: the guard rows were not asked
        state = merge(state, mask, patch, sample=game.sample, mode=Mode.CERTIFIED, rows=EVEN, slack_rows=slack).state
        assert_monotone(state, game.sample, EVEN, slack)


@settings(max_examples=60, deadline=None)
@given(seeds, st.booleans())
def test_certified_mode_never_raises_the_loss_of_the_guard_rows(seed: int, weighted: bool) -> None:
    game = reals_game(seed, pairs=10, weighted=weighted)
    weights = np.ones(40) if game.sample.weights is None else game.sample.weights
    state, before = ListState.start(game.initial), np.inf
    for mask, patch in game.pairs:
        state = merge(state, mask, patch, sample=game.sample, mode=Mode.CERTIFIED, rows=EVEN).state
        after = float((weights * game.sample.losses(state.version_answers[-1]))[EVEN].sum())
        assert after <= before + 1e-9
        before = after


def test_slack_is_how_many_rows_a_group_may_be_worse_by() -> None:
    sample = zero_one([1] * 6)
    state = merge(
        ListState.start(codes(1, 1, 1, 0, 0, 0)),
        mask_of("111000"),
        np.ones(6, np.int32),
        sample=sample,
        mode=Mode.STRICT,
    ).state
    pair = mask_of("011111"), codes(1, 1, 0, 1, 1, 1)  # breaks one row of the first group, fixes three others

    allowed = merge(state, *pair, sample=sample, mode=Mode.CERTIFIED, slack_rows=1)
    repaired = merge(state, *pair, sample=sample, mode=Mode.CERTIFIED, slack_rows=0)

    assert allowed.repairs == ()
    assert repaired.repairs == (Pointer(0, 1),)


def test_slack_counts_rows_of_mean_weight() -> None:
    weights = np.array([3.0, 1, 1, 1, 1, 5])  # mean 2
    sample = zero_one([1] * 6, weights=weights)
    state = ListState.start(np.ones(6, np.int32))
    pair = mask_of("100000"), np.zeros(6, np.int32)  # makes the group worse by 3, the loss of 1.5 rows
    assert merge(state, *pair, sample=sample, mode=Mode.CERTIFIED, slack_rows=1).repairs == (Pointer(0, 0),)
    assert merge(state, *pair, sample=sample, mode=Mode.CERTIFIED, slack_rows=2).repairs == ()


@settings(max_examples=40, deadline=None)
@given(seeds, st.sampled_from([0.1, 0.2, 0.5]))
def test_theorem_mode_stays_within_its_budget_and_its_slack(seed: int, epsilon: float) -> None:
    game = classes_game(seed, pairs=14)
    outcomes = play(game, Mode.THEOREM, epsilon=epsilon)
    for outcome in outcomes:
        assert_monotone(outcome.state, game.sample, np.arange(40), slack=0.75 * epsilon * 40)
        assert len(outcome.state.list.nodes) <= accept_budget(epsilon)


def test_theorem_mode_answers_nothing_once_its_budget_is_spent() -> None:
    sample, state = zero_one([1] * 4), ListState.start(np.zeros(4, np.int32))
    pair = mask_of("1111"), np.ones(4, np.int32)
    for _ in range(accept_budget(1.0)):
        state = merge(state, *pair, sample=sample, mode=Mode.THEOREM, epsilon=1.0).state
    before = (state.list, len(state.version_answers), len(state.masks))

    with pytest.raises(BudgetSpentError):
        merge(state, *pair, sample=sample, mode=Mode.THEOREM, epsilon=1.0)

    assert before == (state.list, len(state.version_answers), len(state.masks))
    assert merge(state, *pair, sample=sample, mode=Mode.THEOREM, epsilon=0.5).state.list.head == 3


@settings(max_examples=50, deadline=None)
@given(seeds)
def test_all_modes_take_the_naive_references_decisions(seed: int) -> None:
    game = classes_game(seed, n=14, pairs=6)
    for mode in Mode:
        naive, state = NaiveList(game.sample, game.initial), ListState.start(game.initial)
        for pair in game.pairs:
            outcome = merge(state, *pair, sample=game.sample, mode=mode, epsilon=0.1, slack_rows=0)
            assert list(outcome.nodes) == naive.merge(pair, mode.value, epsilon="0.1")
            state = outcome.state


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(0, 2))
def test_guard_rows_and_slack_take_the_naive_references_decisions(seed: int, slack: int) -> None:
    game, rows = classes_game(seed, n=20, pairs=6), np.arange(0, 20, 2)
    naive, state = NaiveList(game.sample, game.initial), ListState.start(game.initial)
    naive.rows = rows.tolist()
    for pair in game.pairs:
        outcome = merge(state, *pair, sample=game.sample, mode=Mode.CERTIFIED, rows=rows, slack_rows=slack)
        assert list(outcome.nodes) == naive.merge(pair, "certified", slack=slack)
        state = outcome.state


def played(initial: str, pairs: list[tuple[str, str]], mode: Mode) -> tuple[Node, ...]:
    """The nodes of the last merge, where every label is 1."""
    n = len(initial)
    sample, state = zero_one([1] * n), ListState.start(codes(*map(int, initial)))
    for mask, patch in pairs:
        outcome = merge(state, mask_of(mask), codes(*map(int, patch)), sample=sample, mode=mode)
        state = outcome.state
    return outcome.nodes


def test_the_strict_scan_restarts_when_a_repair_hurts_a_group_already_passed() -> None:
    nodes = played(
        "000000001110010",
        [
            ("001101001110100", "111110000111101"),
            ("100100101100010", "111111111001111"),
            ("010110100111110", "101110111110101"),
            ("110111100111011", "111110011111101"),
        ],
        Mode.STRICT,
    )
    # Going on after group 1 without looking back would miss that its repair made group 0 worse.
    assert nodes == (Leaf(3, 3), Pointer(1, 2), Pointer(0, 3))


def test_the_certified_scan_restarts_when_a_repair_hurts_a_group_already_passed() -> None:
    nodes = played(
        "011010000101000000",
        [
            ("111100100000010100", "111101100011100111"),
            ("100010001001010011", "001111010101111011"),
            ("110101011011001000", "100011100110111011"),
        ],
        Mode.CERTIFIED,
    )
    assert nodes == (Leaf(2, 2), Pointer(0, 2), Pointer(1, 2))


def test_certified_and_strict_repair_in_opposite_orders() -> None:
    pairs = [("110000", "111111"), ("001100", "111111"), ("111111", "010111")]
    # The last pair fixes two rows and breaks one row of each earlier group.
    assert played("000000", pairs, Mode.CERTIFIED) == (Leaf(2, 2), Pointer(1, 2), Pointer(0, 2))
    assert played("000000", pairs, Mode.STRICT) == (Leaf(2, 2), Pointer(0, 1), Pointer(1, 2))


def test_a_tie_between_versions_goes_to_the_oldest_in_strict_and_to_the_newest_in_certified_mode() -> None:
    pairs = [("1100", "1111"), ("0010", "1111"), ("1111", "0111")]
    # Group 0 is right under versions 1 and 2 alike, and wrong in one row under the new head.
    assert played("0000", pairs, Mode.STRICT)[1:] == (Pointer(0, 1),)
    assert played("0000", pairs, Mode.CERTIFIED)[1:] == (Pointer(0, 2),)


def test_the_new_group_is_protected_unless_it_is_left_out_on_purpose() -> None:
    sample, state = zero_one([1, 1, 1]), ListState.start(codes(1, 1, 0))
    pair = mask_of("110"), codes(0, 1, 1)  # a pair that hurts: certified elsewhere, worse here
    assert merge(state, *pair, sample=sample, mode=Mode.CERTIFIED).repairs == (Pointer(0, 0),)
    assert merge(state, *pair, sample=sample, mode=Mode.CERTIFIED, protect_new=False).repairs == ()


def test_strict_mode_repairs_the_whole_population_first() -> None:
    sample, state = zero_one([1, 1, 1]), ListState.start(codes(1, 1, 0))
    outcome = merge(state, mask_of("110"), codes(0, 1, 1), sample=sample, mode=Mode.STRICT)
    assert outcome.repairs == (Pointer(-1, 0),)
    assert outcome.answers.tolist() == [1, 1, 0]


def test_theorem_mode_repairs_exactly_at_the_threshold_and_not_one_row_below() -> None:
    sample, ones = zero_one([1] * 40), np.ones(40, np.int32)
    group = np.arange(40) < 20
    state = merge(ListState.start(0 * ones), group, ones, sample=sample, mode=Mode.THEOREM, epsilon=0.2).state
    for broken, repairs in ((6, 1), (5, 0)):  # the threshold is 3/4 * .2 * 40 = 6 rows
        patch = np.where(np.arange(40) < broken, 0, ones).astype(np.int32)
        everyone = np.ones(40, dtype=bool)
        outcome = merge(state, everyone, patch, sample=sample, mode=Mode.THEOREM, epsilon=0.2)
        assert len(outcome.repairs) == repairs


def test_the_threshold_of_acceptance_is_exact_for_counts() -> None:
    for epsilon, n in ((0.1, 1000), (0.2, 40), (0.3, 1000), (0.07, 10_000)):
        least = Fraction(3, 4) * Fraction(str(epsilon)) * n
        assert least.denominator == 1
        for fixed, accepted in ((int(least), True), (int(least) - 1, False)):
            found = Score(fixed / n, 1.0, fixed / n, n, fixed, 0, n)
            assert accepts(found, mode=Mode.THEOREM, epsilon=epsilon) is accepted


def test_a_real_score_at_the_threshold_is_accepted_in_spite_of_rounding() -> None:
    losses = np.full(1000, 0.1)
    sample = Sample(Loss.SQUARED, np.zeros(1000), value_range=(0.0, 1.0))
    found = score(sample, np.ones(1000, dtype=bool), losses, np.zeros(1000))
    assert accepts(found, mode=Mode.THEOREM, epsilon=0.1 / 0.75)
    assert not accepts(found, mode=Mode.THEOREM, epsilon=0.1001 / 0.75)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_score_that_is_not_a_number_is_never_accepted(mode: Mode) -> None:
    assert not accepts(Score(np.nan, 1.0, np.nan, 1, None, None, 1), mode=mode, epsilon=0.1)
    assert accepts(Score(0.5, 1.0, 0.5, 1, None, None, 1), mode=mode, epsilon=0.1)


def test_an_update_and_its_repairs_leave_the_old_state_untouched() -> None:
    game = classes_game(3)
    state = play(game, Mode.STRICT)[-1].state
    before = (state.list, [a.tobytes() for a in state.version_answers], [m.tobytes() for m in state.masks])
    merge(state, *game.pairs[0], sample=game.sample, mode=Mode.STRICT)
    assert before == (state.list, [a.tobytes() for a in state.version_answers], [m.tobytes() for m in state.masks])


def test_repairs_of_real_losses_end_however_close_the_versions_are() -> None:
    rng = np.random.default_rng(8)
    labels = np.zeros(60)
    sample = Sample(Loss.SQUARED, labels, value_range=(0.0, 1.0))
    state = ListState.start(rng.normal(0.5, 1e-14, 60))
    for _ in range(12):  # differences far below what float64 sums resolve
        mask = rng.random(60) < 0.5
        state = merge(state, mask, rng.normal(0.5, 1e-14, 60), sample=sample, mode=Mode.CERTIFIED).state
    assert state.list.head == 12


def test_apply_leaf_is_what_a_merge_without_repairs_does() -> None:
    game = classes_game(1)
    outcome = merge(ListState.start(game.initial), *game.pairs[0], sample=game.sample, mode=Mode.THEOREM, epsilon=1.0)
    assert outcome.answers.tolist() == apply_leaf(game.initial, *game.pairs[0]).tolist()
