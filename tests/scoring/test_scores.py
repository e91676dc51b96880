"""The score: by hand, weighted, in batches."""

import numpy as np
import pytest

from scoring.losses import Loss, Sample
from scoring.scores import from_counts, rescore, score
from tests.scoring.samples import Game, classes_game, codes, mask_of, reals_game, zero_one


def test_weights_count_as_so_many_rows() -> None:
    answers = codes(1, 0, 1), codes(0, 1, 1)
    weighted = zero_one([0, 1, 1], weights=np.array([2.0, 1.0, 3.0]))
    repeated = zero_one([0, 0, 1, 1, 1, 1])
    rows = [0, 0, 1, 2, 2, 2]
    mask = mask_of("110")

    found = score(weighted, mask, weighted.losses(answers[0]), weighted.losses(answers[1]))
    plain = score(repeated, mask[rows], repeated.losses(answers[0][rows]), repeated.losses(answers[1][rows]))

    assert (found.value, found.weight, found.gain) == (plain.value, plain.weight, plain.gain)
    assert (found.fixed, found.rows, plain.rows) == (None, 2, 3)


def test_value_is_weight_times_gain() -> None:
    game = reals_game(4, weighted=True)
    mask, patch = game.pairs[0]
    found = score(game.sample, mask, game.sample.losses(game.initial), game.sample.losses(patch))
    assert found.value == pytest.approx(found.weight * found.gain, rel=1e-12)


def test_units_do_not_change_the_score() -> None:
    plain, grouped = zero_one([1, 1, 0]), zero_one([1, 1, 0], units=codes(0, 0, 1))
    losses = np.ones(3), np.zeros(3)
    assert score(plain, mask_of("110"), *losses) == score(grouped, mask_of("110"), *losses)


@pytest.mark.parametrize("game", [classes_game(2, pairs=9), reals_game(2, pairs=9), reals_game(2, weighted=True)])
def test_rescoring_a_batch_gives_the_score_of_each(game: Game) -> None:
    masks = np.packbits(np.stack([mask for mask, _ in game.pairs]), axis=1)
    patches = np.stack([patch for _, patch in game.pairs])
    before = game.sample.losses(game.initial)
    expected = [score(game.sample, mask, before, game.sample.losses(patch)) for mask, patch in game.pairs]
    assert rescore(game.sample, masks, game.initial, patches) == expected


def test_rescoring_nothing_gives_nothing() -> None:
    sample = zero_one([1] * 9)
    assert rescore(sample, np.zeros((0, 2), np.uint8), codes(*[0] * 9), np.zeros((0, 9), np.int32)) == []


def test_a_sequence_of_scores_is_exact_in_whole_numbers() -> None:
    assert from_counts(rows=3, fixed=1, broken=1, n=7).value == 0.0
    assert from_counts(rows=0, fixed=0, broken=0, n=7).gain == 0.0


def test_squared_losses_have_no_counts() -> None:
    sample = Sample(Loss.SQUARED, np.zeros(2), value_range=(0.0, 1.0))
    found = score(sample, mask_of("10"), np.array([0.5, 0.5]), np.array([0.25, 0.0]))
    assert (found.value, found.gain, found.fixed, found.broken) == (0.125, 0.25, None, None)
