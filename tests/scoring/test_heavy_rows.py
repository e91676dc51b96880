"""The level of betting where a few rows or units are far heavier than the others, and a patch loses exactly there."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scoring.certificates import test_repair, test_underperformance
from scoring.harms import Harm
from scoring.losses import Loss, Sample
from scoring.pools import Pool
from scoring.types import Bools, Floats
from scoring.word_errors import word_error_losses
from tests.scoring.samples import mask_of, zero_one
from tests.shared import DATA, needs_shared

DRAWS = 240
ROWS = (300, 50, False)
MORE_ROWS = (1000, 100, False)
UNITS = (200, 40, True)  # so many units, of which one in so many has 40 rows
DESIGNS = [ROWS, MORE_ROWS, UNITS]


def played(gains: Floats, sizes: Floats, tested: int, *, in_units: bool, whole: bool, seed: int) -> float:
    """The p-value of a repair with such ``gains`` (N,) of rows that weigh ``sizes``, or of units of so many rows; the
    first ``tested`` of them are put to the test, and the bound is taken from all, or from those alone."""
    repeats = sizes.astype(int) if in_units else np.ones(len(sizes), dtype=int)
    units = np.repeat(np.arange(len(sizes), dtype=np.int32), repeats) if in_units else None
    weights = None if in_units else sizes
    losses = (1 + np.repeat(gains, repeats)) / 2
    pooled = Sample(Loss.ABSOLUTE, np.zeros(len(losses)), weights, units, value_range=(0.0, 1.0))
    n = int(repeats[:tested].sum())
    everyone = np.ones(len(losses), dtype=bool)
    pool = Pool(pooled, everyone) if whole else None
    sample = pooled.take(np.arange(n))
    return test_repair(sample, everyone[:n], losses[:n], 1 - losses[:n], seed=seed, pool=pool).p_value


def passes_of_no_gain(design: tuple[int, int, bool], *, times: int, whole: bool = True) -> float:
    """How often no gain passes at .05 if one in n is heavy at random, loses all, and outweighs the others' gain."""
    n, heavy, in_units = design
    rng, found = np.random.default_rng(0), []
    for seed in range(DRAWS):
        is_heavy = rng.random(times * n) < 1 / n
        gains, sizes = np.where(is_heavy, -1.0, heavy / (n - 1)), np.where(is_heavy, float(heavy), 1.0)
        found.append(played(gains, sizes, n, in_units=in_units, whole=whole, seed=seed))
    return float(np.mean(np.array(found) <= 0.05))


@pytest.mark.parametrize("design", DESIGNS)
def test_the_level_holds_once_the_hidden_rows_show_how_heavy_one_can_be_and_not_by_the_tested_alone(
    design: tuple[int, int, bool],
) -> None:
    assert passes_of_no_gain(design, times=4) <= 0.05
    assert passes_of_no_gain(design, times=4, whole=False) > 0.25


@pytest.mark.parametrize("design", DESIGNS)
def test_what_twice_the_rows_do_not_show_may_still_pass(design: tuple[int, int, bool]) -> None:
    assert 0.05 < passes_of_no_gain(design, times=2) < 0.2  # the chance that none is among them, as documented


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("heavy_ones", [1, 5])
@pytest.mark.parametrize("design", DESIGNS)
def test_the_level_holds_whatever_the_weights_once_they_are_given(
    design: tuple[int, int, bool], heavy_ones: int, sign: int
) -> None:
    n, heavy, in_units = design
    is_heavy = np.arange(n) < heavy_ones
    rng, found = np.random.default_rng(1), []
    sizes = np.where(is_heavy, float(heavy), 1.0)
    balance = min(1.0, heavy_ones * heavy / (n - heavy_ones))  # means that cancel over the weights
    means = sign * np.where(is_heavy, balance * (n - heavy_ones) / (heavy_ones * heavy), -balance)
    for seed in range(120):
        gains = np.where(rng.random(n) < (1 + means) / 2, 1.0, -1.0)
        found.append(played(gains, sizes, n, in_units=in_units, whole=True, seed=seed))
    assert np.mean(np.array(found) <= 0.05) <= 0.05


def excess_passes(*, times: int, whole: bool) -> float:
    """As above for underperformance: the group is as badly served as the rest only by rare heavy rows served well."""
    rng, found = np.random.default_rng(2), []
    for seed in range(DRAWS):
        group = np.arange(600 * times) % 2 == 0
        is_heavy = group & (rng.random(600 * times) < 1 / 300)
        losses = np.where(is_heavy, 0.0, np.where(group, 1.0, rng.integers(0, 2, 600 * times)))
        weights = np.where(is_heavy, 299.0, 1.0)
        pooled = Sample(Loss.ABSOLUTE, np.zeros(len(losses)), weights, value_range=(0.0, 1.0))
        harm = {"harm": Harm.MEAN_LOSS, "margin": 0.0, "seed": seed, "pool": Pool(pooled, group) if whole else None}
        sample = pooled.take(np.arange(600))
        found.append(test_underperformance(sample, group[:600], losses[:600], **harm).p_value)  # type: ignore[arg-type]
    return float(np.mean(np.array(found) <= 0.05))


def test_underperformance_is_bounded_by_all_hidden_rows_too() -> None:
    assert excess_passes(times=4, whole=True) <= 0.05
    assert excess_passes(times=4, whole=False) > 0.25


@pytest.mark.parametrize("in_units", [False, True])
def test_a_real_gain_over_uneven_weights_still_passes(in_units: bool) -> None:
    rng = np.random.default_rng(3)
    sizes = rng.integers(1, 21, 1600).astype(float)
    gains = np.where(rng.random(1600) < 0.65, 1.0, -1.0)
    assert played(gains, sizes, 800, in_units=in_units, whole=True, seed=0) < 0.001


@needs_shared
@pytest.mark.parametrize("in_units", [False, True])
def test_real_speech_is_still_certified(in_units: bool) -> None:
    frames = [pd.read_parquet(DATA / f"edacc-speech/{split}.parquet") for split in ("holdout", "guard", "sealed")]
    rows = pd.concat(frames, ignore_index=True)
    said = rows["reference"].tolist()
    columns = ("hyp_whisper_small", "hyp_parakeet_tdt_0_6b_v3")
    losses = np.stack([word_error_losses(said, rows[name].tolist()) for name in columns])
    units = pd.factorize(rows["speaker"])[0].astype(np.int32) if in_units else None
    weights, nobody = rows["ref_words"].to_numpy(np.float64), np.zeros(len(rows), dtype=np.int32)
    pool = Pool(Sample(Loss.WORD_ERROR_RATE, nobody, weights, units, losses), np.ones(len(rows), dtype=bool))
    sealed = pool.sample.take(np.arange(len(rows) - len(frames[-1]), len(rows)))
    before, after = losses[:, -sealed.n :]
    assert test_repair(sealed, np.ones(sealed.n, dtype=bool), before, after, seed=0, pool=pool).p_value < 0.025


def test_a_row_weighs_at_most_what_the_heaviest_known_one_does_wherever_that_is() -> None:
    pool = Pool(zero_one([1] * 3, weights=np.array([1.0, 2.0, 3.0])), mask_of("110"))
    assert pool.weights()[0].max() == 3.0
    assert replace(pool, heaviest=8.0).weights()[0].max() == 8.0


def weights_of(group: Bools, counted: Bools | None = None) -> list[list[float]]:
    units = np.array([0, 0, 0, 1, 1, 2], dtype=np.int32)
    return [part.tolist() for part in Pool(zero_one([1] * 6, units=units), group).weights(counted)]


def test_a_unit_weighs_what_its_counted_rows_in_the_group_and_outside_do() -> None:
    assert weights_of(mask_of("110101")) == [[2.0, 1.0, 1.0], [1.0, 1.0, 0.0]]
    assert weights_of(mask_of("110101"), counted=mask_of("011111")) == [[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]]
