"""Losses: each in [0, 1], each by its definition."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import OutOfRangeError, ScoringError, WrongLengthError
from scoring.losses import Loss, Sample
from scoring.word_errors import word_error_losses
from tests.scoring.samples import codes, zero_one

words = st.lists(st.sampled_from(["a", "b", "c"]), max_size=7)


def naive_distance(first: list[str], second: list[str]) -> int:
    """Levenshtein by its recursive definition."""
    if not first or not second:
        return len(first) + len(second)
    changed = naive_distance(first[1:], second[1:]) + (first[0] != second[0])
    return min(changed, 1 + naive_distance(first[1:], second), 1 + naive_distance(first, second[1:]))


def test_zero_one_loss_is_1_where_the_class_differs() -> None:
    assert zero_one([0, 1, 2]).losses(codes(0, 2, 2)).tolist() == [0.0, 1.0, 0.0]


def test_zero_one_loss_counts_an_unknown_class_as_wrong() -> None:
    assert zero_one([0, 1]).losses(codes(-1, 7)).tolist() == [1.0, 1.0]


def test_squared_loss_is_scaled_by_the_range_and_clipped() -> None:
    sample = Sample(Loss.SQUARED, np.array([0.0, 5.0, 10.0, 10.0]), value_range=(0.0, 10.0))
    assert sample.losses(np.array([0.0, 0.0, 5.0, -50.0])).tolist() == [0.0, 0.25, 0.25, 1.0]


def test_transcription_takes_the_loss_of_the_column_that_each_row_is_routed_to() -> None:
    columns = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    sample = Sample(Loss.WORD_ERROR_RATE, codes(0, 0, 0), candidate_losses=columns)
    assert sample.losses(codes(0, 1, 0)).tolist() == [0.1, 0.5, 0.3]


@given(st.lists(st.tuples(words, words), max_size=5))
def test_word_error_loss_is_the_clipped_edit_distance_over_the_words(pairs: list[tuple[list[str], list[str]]]) -> None:
    found = word_error_losses([" ".join(said) for said, _ in pairs], [" ".join(heard) for _, heard in pairs])
    for loss, (said, heard) in zip(found, pairs, strict=True):
        errors = naive_distance(said, heard)
        assert loss == (min(errors, len(said)) / len(said) if said else float(bool(heard)))


def test_word_error_loss_ignores_how_words_are_spaced() -> None:
    assert word_error_losses(["  the\tcat \n sat "], ["the cat sat"]).tolist() == [0.0]


def test_refuses_references_without_hypotheses() -> None:
    with pytest.raises(WrongLengthError):
        word_error_losses(["a", "b"], ["a"])
    assert word_error_losses(["a", "b"], ["a", "c"]).tolist() == [0.0, 1.0]


def test_taking_rows_takes_everything_that_belongs_to_them() -> None:
    sample = Sample(
        Loss.WORD_ERROR_RATE,
        codes(0, 0, 0),
        weights=np.array([1.0, 2.0, 3.0]),
        units=codes(5, 6, 7),
        candidate_losses=np.array([[0.1, 0.2, 0.3]]),
    )
    taken = sample.take(np.array([2, 0]))
    assert taken.weights is not None
    assert taken.units is not None
    assert (taken.n, taken.weights.tolist(), taken.units.tolist()) == (2, [3.0, 1.0], [7, 5])
    assert taken.losses(codes(0, 0)).tolist() == [0.3, 0.1]


def test_total_weight_is_the_number_of_rows_where_there_are_no_weights() -> None:
    assert zero_one([0, 1]).total_weight == 2.0
    assert zero_one([0, 1], weights=np.array([1.5, 2.0])).total_weight == 3.5


CHANCES = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=9)


def sample_of(loss: Loss, rng: np.random.Generator, n: int) -> tuple[Sample, np.ndarray]:
    """A sample of that loss, with answers as its task has them."""
    if loss is Loss.ZERO_ONE:
        return zero_one(rng.integers(0, 4, n).tolist()), rng.integers(0, 4, n).astype(np.int32)
    if loss is Loss.WORD_ERROR_RATE:
        return Sample(loss, np.zeros(n, np.int32), candidate_losses=rng.random((3, n))), codes(*rng.integers(0, 3, n))
    if loss is Loss.LOG_LOSS:
        return Sample(loss, rng.integers(0, 2, n).astype(float), positive=1), rng.random(n)
    return Sample(loss, rng.normal(size=n), value_range=(-1.0, 1.0)), rng.normal(size=n) * 3


@pytest.mark.parametrize("loss", list(Loss))
@given(seed=st.integers(0, 2**16), n=st.integers(1, 40))
def test_every_loss_lies_between_0_and_1_and_is_each_rows_own(loss: Loss, seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    sample, answers = sample_of(loss, rng, n)
    losses, order = sample.losses(answers), rng.permutation(n)
    assert losses.dtype == np.float64
    assert 0 <= losses.min() <= losses.max() <= 1
    assert (sample.take(order).losses(answers[order]) == losses[order]).all()
    if loss is not Loss.WORD_ERROR_RATE:
        assert sample.losses(sample.labels).max() == 0  # the truth is right


@given(CHANCES)
def test_log_loss_is_the_logarithm_of_the_chance_of_what_came_true(rows: list[tuple[bool, float]]) -> None:
    sample = Sample(Loss.LOG_LOSS, np.array([float(label) for label, _ in rows]), positive=1)
    found = sample.losses(np.array([chance for _, chance in rows]))
    expected = [-log(max(chance if label else 1 - chance, 0.01)) / log(100) for label, chance in rows]
    assert found.tolist() == pytest.approx(expected, abs=1e-12)


def test_absolute_loss_is_scaled_by_the_range_and_clipped() -> None:
    sample = Sample(Loss.ABSOLUTE, np.array([0.0, 5.0, 10.0, 10.0]), value_range=(0.0, 10.0))
    assert sample.losses(np.array([0.0, 0.0, 7.5, -50.0])).tolist() == [0.0, 0.5, 0.25, 1.0]


@pytest.mark.parametrize("loss", [Loss.LOG_LOSS, Loss.SQUARED])
def test_no_answer_does_better_on_average_than_the_true_chance(loss: Loss) -> None:
    chances = np.linspace(0.02, 0.98, 49)  # within what the log loss tells apart
    means = []
    for label in (0.0, 1.0):
        sample = Sample(loss, np.full(49, label), positive=1, value_range=(0.0, 1.0))
        means.append(sample.losses(chances))
    for i, truth in enumerate(chances):
        assert np.argmin((1 - truth) * means[0] + truth * means[1]) == i


@pytest.mark.parametrize("answers", [[1.1, 0.5], [-0.1, 0.5], [np.nan, 0.5]])
def test_refuses_answers_that_are_no_chances(answers: list[float]) -> None:
    for loss in (Loss.LOG_LOSS, Loss.SQUARED):
        sample = Sample(loss, np.array([0.0, 1.0]), positive=1, value_range=(0.0, 1.0))
        with pytest.raises(ScoringError):
            sample.losses(np.array(answers))
        sample.losses(np.array([1.0, 0.5]))


@pytest.mark.parametrize(("labels", "positive"), [([0.0, 0.5], 1), ([0.0, 1.0], None), ([0.0, 1.0], 0)])
def test_refuses_log_loss_of_what_are_no_chances(labels: list[float], positive: int | None) -> None:
    with pytest.raises(OutOfRangeError):
        Sample(Loss.LOG_LOSS, np.array(labels), positive=positive)
    Sample(Loss.LOG_LOSS, np.array([0.0, 1.0]), positive=1)
