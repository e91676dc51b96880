"""One row or unit that carries much of a hidden split's weight: refused, or told where refusing would be wrong."""

import pytest

from bounty.actions.import_bundle import examine
from tests.bounty.bundles import SmallBundle


def weighing(small: SmallBundle, split: str, share: float) -> SmallBundle:
    """All rows weigh 1, but the fourth of a split carries that share of it."""
    for frame in small.frames.values():
        frame["weight"] = 1.0
    others = len(small.frames[split]) - 1
    small.frames[split].loc[3, "weight"] = share * others / (1 - share)
    return small


@pytest.mark.parametrize("split", ["holdout", "guard", "sealed"])
def test_refuses_a_row_that_carries_more_than_a_twentieth_of_a_hidden_split(small: SmallBundle, split: str) -> None:
    small.manifest["unit"] = None
    heavy = examine(weighing(small, split, 0.051).write()).faults
    assert [(f.file, f.row, f.column, f.code) for f in heavy] == [(f"{split}.parquet", 4, "weight", "ROW_TOO_HEAVY")]
    assert f"carries 5.1% of the weight of {split}; 5% is the most" in heavy[0].sentence
    assert weighing(small, split, 0.049).faults() == []


def test_public_rows_may_weigh_what_they_like(small: SmallBundle) -> None:
    small.manifest["unit"] = None
    assert weighing(small, "train", 0.5).faults() == []


def test_a_heavy_unit_is_told_and_not_refused(small: SmallBundle) -> None:
    bundle = examine(weighing(small, "sealed", 0.2).write())
    assert bundle.faults == []
    assert [note for note in bundle.notes if "[UNIT_HEAVY]" in note and "household carries 20." in note]
    assert examine(weighing(small, "sealed", 0.02).write()).notes == []
