"""What no share of the weight can promise: it is how rare heavy rows are that counts, not how heavy one may be."""

import numpy as np
import pytest

from scoring.certificates import test_repair
from scoring.losses import Loss, Sample
from scoring.pools import Pool

TESTED = 300
DRAWS = 400
EVERYONE = np.ones(2 * TESTED, dtype=np.bool_)


def passes_of_no_gain(share: float, *, expected: float, given: bool = False) -> float:
    """How often a patch that is worth nothing passes at .05, beside twice as many rows as are tested.

    It gains on all rows and loses as much on heavy ones, of which one carries ``share`` of the tested weight and so
    many are ``expected`` among the tested; or, where the weights are ``given``, they are just so many there.
    """
    weight = share * TESTED / (1 - share)
    gain = expected * weight / (TESTED - expected)
    rng, found = np.random.default_rng(0), []
    for seed in range(DRAWS):
        heavy = rng.random(2 * TESTED) < expected / TESTED
        if given:
            heavy = np.arange(2 * TESTED) < expected
        mean = np.where(heavy, -1.0, min(1.0, gain))
        gains = np.where(rng.random(2 * TESTED) < (1 + mean) / 2, 1.0, -1.0) if given else mean
        pooled = Sample(Loss.ABSOLUTE, np.zeros(2 * TESTED), np.where(heavy, weight, 1.0), value_range=(0.0, 1.0))
        losses = ((1 + gains) / 2)[:TESTED]
        sample = pooled.take(np.arange(TESTED))
        tested = EVERYONE[:TESTED]
        found.append(test_repair(sample, tested, losses, 1 - losses, seed=seed, pool=Pool(pooled, EVERYONE)).p_value)
    return float(np.mean(np.array(found) <= 0.05))


@pytest.mark.parametrize("share", [0.05, 0.02, 0.01])
def test_the_level_holds_for_the_weights_that_a_bundle_may_have(share: float) -> None:
    assert passes_of_no_gain(share, expected=1, given=True) <= 0.05
    assert passes_of_no_gain(share, expected=5, given=True) <= 0.05


@pytest.mark.parametrize("share", [0.05, 0.02])
def test_it_holds_over_the_weights_too_where_two_heavy_rows_are_to_be_expected_and_not_where_one_is(
    share: float,
) -> None:
    assert passes_of_no_gain(share, expected=2) <= 0.05
    assert 0.05 < passes_of_no_gain(share, expected=1) < 0.2  # no heavy one among twice as many rows: exp(-2)
