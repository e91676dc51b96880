"""Conformance C3: every edge is decided, refusals are typed and change nothing, and the same input without the fault
is taken."""

from collections.abc import Callable

import numpy as np
import pytest

from scoring.errors import (
    EmptyGroupError,
    NotFiniteError,
    OutOfRangeError,
    ScoringError,
    WrongLengthError,
    WrongTypeError,
)
from scoring.losses import Loss, Sample
from scoring.merge import ListState, Mode, accepts, merge
from scoring.scores import rescore, score
from scoring.types import Answers, Bools
from tests.scoring.samples import codes, mask_of, zero_one

SAMPLE = zero_one([1, 1, 0, 0])
REALS = Sample(Loss.SQUARED, np.zeros(4), value_range=(0.0, 1.0))
ROUTED = Sample(Loss.WORD_ERROR_RATE, np.zeros(4, np.int32), candidate_losses=np.array([[0.5] * 4, [0.2] * 4]))
MASK = mask_of("1100")
RIGHT, WRONG = codes(1, 1, 0, 0), codes(0, 0, 1, 1)


def merged(sample: Sample, mask: Bools, answers: Answers) -> Answers:
    """Merge into a fresh state; whatever happens, the state must be as before."""
    initial = np.zeros_like(sample.labels)
    state = ListState.start(initial)
    try:
        return merge(state, mask, answers, sample=sample, mode=Mode.CERTIFIED).answers
    finally:
        assert state.list.nodes == ()
        assert state.version_answers == [initial]
        assert state.masks == []


@pytest.mark.parametrize(
    ("mask", "error"),
    [
        (mask_of("0000"), EmptyGroupError),
        (mask_of("110"), WrongLengthError),
        (mask_of("11000"), WrongLengthError),
        (np.ones((4, 1), dtype=bool), WrongLengthError),
        (codes(1, 1, 0, 0), WrongTypeError),
        (np.array([1.0, 1.0, 0.0, np.nan]), WrongTypeError),
        (np.array([True, True, False, None], dtype=object), WrongTypeError),
    ],
)
def test_refuses_a_mask_that_is_none(mask: Bools, error: type[ScoringError]) -> None:
    with pytest.raises(error):
        merged(SAMPLE, mask, RIGHT)
    assert merged(SAMPLE, MASK, RIGHT).tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        (codes(1, 1, 0), WrongLengthError),
        (codes(1, 1, 0, 0, 0), WrongLengthError),
        (RIGHT.reshape(2, 2), WrongLengthError),
        (RIGHT.astype(float), WrongTypeError),
        (RIGHT.astype(bool), WrongTypeError),
        (RIGHT.astype(str), WrongTypeError),
        (RIGHT.astype(np.int64), WrongTypeError),
    ],
)
def test_refuses_classes_that_are_none(answers: Answers, error: type[ScoringError]) -> None:
    with pytest.raises(error):
        merged(SAMPLE, MASK, answers)
    assert merged(SAMPLE, MASK, RIGHT).tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("value", "error"), [(np.nan, NotFiniteError), (np.inf, NotFiniteError), (-np.inf, NotFiniteError)]
)
def test_refuses_real_answers_that_are_not_finite_even_outside_the_group(value: float, error: type[Exception]) -> None:
    with pytest.raises(error):
        merged(REALS, MASK, np.array([0.0, 0.0, 0.0, value]))
    assert merged(REALS, MASK, np.array([0.0, 0.0, 0.0, 1e308])).tolist() == [0.0] * 4


def test_refuses_real_answers_that_cancel_to_not_a_number() -> None:
    with pytest.raises(NotFiniteError):
        REALS.losses(np.array([np.inf, -np.inf, 0.0, 0.0]))
    assert REALS.losses(np.array([1e308, 1e308, 0.0, 0.0])).tolist() == [1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize("column", [-1, 2])
def test_refuses_a_candidate_column_that_does_not_exist(column: int) -> None:
    with pytest.raises(OutOfRangeError):
        merged(ROUTED, MASK, codes(0, 0, 0, column))
    assert merged(ROUTED, MASK, codes(1, 1, 1, 1)).tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("losses", "error"),
    [
        (np.array([0.0, np.nan, 0.0, 0.0]), NotFiniteError),
        (np.array([0.0, np.inf, 0.0, 0.0]), OutOfRangeError),
        (np.array([0.0, -0.1, 0.0, 0.0]), OutOfRangeError),
        (np.zeros(3), WrongLengthError),
        (np.zeros(4, dtype=np.float32), WrongTypeError),
    ],
)
@pytest.mark.parametrize("swap", [False, True])
def test_refuses_to_score_losses_that_are_none(losses: np.ndarray, error: type[ScoringError], swap: bool) -> None:
    pair = (np.ones(4), losses) if swap else (losses, np.zeros(4))
    with pytest.raises(error):
        score(SAMPLE, MASK, *pair)
    assert score(SAMPLE, MASK, np.ones(4), np.zeros(4)).value == 0.5


def test_an_empty_group_scores_zero_and_is_not_accepted() -> None:
    found = score(SAMPLE, mask_of("0000"), np.ones(4), np.zeros(4))
    assert (found.value, found.weight, found.gain, found.rows, found.fixed) == (0.0, 0.0, 0.0, 0, 0)
    assert not accepts(found, mode=Mode.STRICT)


def test_a_group_of_one_row_is_scored_and_merged() -> None:
    found = score(SAMPLE, mask_of("1000"), np.ones(4), np.zeros(4))
    assert (found.value, found.gain, found.rows) == (0.25, 1.0, 1)
    assert merged(SAMPLE, mask_of("1000"), RIGHT).tolist() == [1, 0, 0, 0]


def test_everyone_is_a_group() -> None:
    found = score(SAMPLE, mask_of("1111"), np.ones(4), np.zeros(4))
    assert (found.value, found.weight, found.gain) == (1.0, 1.0, 1.0)
    assert merged(SAMPLE, mask_of("1111"), RIGHT).tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize("mode", list(Mode))
def test_a_patch_that_answers_as_the_model_is_not_accepted(mode: Mode) -> None:
    losses = SAMPLE.losses(WRONG)
    assert not accepts(score(SAMPLE, MASK, losses, losses), mode=mode, epsilon=0.1)
    assert accepts(score(SAMPLE, MASK, losses, SAMPLE.losses(RIGHT)), mode=mode, epsilon=0.1)


def test_a_pair_that_is_already_merged_scores_zero() -> None:
    once = merge(ListState.start(WRONG), MASK, RIGHT, sample=SAMPLE, mode=Mode.STRICT)
    again = score(SAMPLE, MASK, SAMPLE.losses(once.answers), SAMPLE.losses(RIGHT))
    assert (again.value, again.fixed, again.broken) == (0.0, 0, 0)
    assert not accepts(again, mode=Mode.STRICT)


@pytest.mark.parametrize("epsilon", [None, 0.0, -0.1, 1.5, np.nan])
def test_theorem_mode_refuses_an_epsilon_that_is_none(epsilon: float | None) -> None:
    state = ListState.start(WRONG)
    with pytest.raises(OutOfRangeError):
        merge(state, MASK, RIGHT, sample=SAMPLE, mode=Mode.THEOREM, epsilon=epsilon)
    assert merge(state, MASK, RIGHT, sample=SAMPLE, mode=Mode.THEOREM, epsilon=0.5).answers.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: zero_one([]), WrongLengthError),
        (lambda: Sample(Loss.ZERO_ONE, np.array([0.0, 1.0])), WrongTypeError),
        (lambda: Sample(Loss.SQUARED, np.array([0.0, np.nan]), value_range=(0.0, 1.0)), NotFiniteError),
        (lambda: Sample(Loss.SQUARED, np.zeros(2)), OutOfRangeError),
        (lambda: Sample(Loss.SQUARED, np.zeros(2), value_range=(1.0, 1.0)), OutOfRangeError),
        (lambda: Sample(Loss.SQUARED, np.zeros(2), value_range=(0.0, np.inf)), OutOfRangeError),
        (lambda: Sample(Loss.SQUARED, np.zeros(2), value_range=(-1e308, 1e308)), OutOfRangeError),
        (lambda: zero_one([0, 1], weights=np.array([1.0, 0.0])), OutOfRangeError),
        (lambda: zero_one([0, 1], weights=np.array([1.0, np.nan])), NotFiniteError),
        (lambda: zero_one([0, 1], weights=np.ones(3)), WrongLengthError),
        (lambda: zero_one([0, 1], units=codes(0, -1)), OutOfRangeError),
        (lambda: zero_one([0, 1], units=np.array([0.0, 1.0])), WrongTypeError),
        (lambda: Sample(Loss.WORD_ERROR_RATE, codes(0, 0)), WrongLengthError),
        (lambda: Sample(Loss.WORD_ERROR_RATE, codes(0, 0), candidate_losses=np.zeros((2, 3))), WrongLengthError),
        (lambda: Sample(Loss.WORD_ERROR_RATE, codes(0, 0), candidate_losses=np.full((1, 2), np.nan)), OutOfRangeError),
    ],
)
def test_refuses_a_sample_that_does_not_hold_together(make: Callable[[], Sample], error: type[ScoringError]) -> None:
    with pytest.raises(error):
        make()
    zero_one([0, 1], weights=np.array([1.0, 2.0]), units=codes(0, 1))
    Sample(Loss.SQUARED, np.zeros(2), value_range=(0.0, 1.0))
    Sample(Loss.WORD_ERROR_RATE, codes(0, 0), candidate_losses=np.zeros((1, 2)))


def test_rescoring_refuses_stacks_that_do_not_fit() -> None:
    masks, patches = np.packbits([MASK], axis=1), np.stack([RIGHT])
    for bad in ((masks.astype(np.int64), patches), (masks, patches[:, :3]), (masks[:0], patches), (masks, patches[0])):
        with pytest.raises(ScoringError):
            rescore(SAMPLE, bad[0], WRONG, bad[1])
    with pytest.raises(WrongTypeError):
        rescore(SAMPLE, masks, WRONG, patches.astype(float))
    assert rescore(SAMPLE, masks, WRONG, patches)[0].value == 0.5


def test_every_refusal_has_its_own_code_and_one_sentence() -> None:
    kinds = ScoringError.__subclasses__()
    assert len({kind.code for kind in kinds}) == len(kinds)
    with pytest.raises(EmptyGroupError, match=r"^[A-Z][^.]*\.$"):
        merged(SAMPLE, mask_of("0000"), RIGHT)
