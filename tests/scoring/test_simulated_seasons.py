"""Repairs under attack, and a competition as people hold it."""

import pytest

from scoring.simulation.repairs import attack_repairs
from scoring.simulation.season import play_season


@pytest.mark.parametrize("rows", [5_000, 20_000])
def test_a_climbed_group_undoes_honest_patches_only_where_the_holdout_decides_repairs(rows: int) -> None:
    on_guard, on_holdout = (
        [attack_repairs(rows, 4_000, seed, on_holdout=on_holdout) for seed in (0, 1, 2)] for on_holdout in (False, True)
    )
    for undone in on_guard:
        assert undone.undone < 0.05 * undone.honest_gain
    for undone in on_holdout:
        assert undone.undone > 0.20 * undone.honest_gain
        assert undone.repairs >= 3


def test_honest_patches_are_certified_among_thousands_of_worthless_submissions() -> None:
    seasons = [play_season(20_000, seed) for seed in (0, 1)]
    for season in seasons:
        assert season.honest_certified >= 9
        assert season.false_certificates == 0
        assert 0 < season.last_level < 0.05 / (season.tests * (season.tests + 1))
