"""Losses: each in [0, 1], each by its definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import WrongLengthError
from scoring.losses import Loss, Sample, word_error_losses
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
