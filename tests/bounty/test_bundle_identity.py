"""Ids and units: an id names one row of the bundle, a unit lies in one split."""

from bounty.actions.import_bundle import check
from tests.bounty.bundles import SmallBundle


def test_refuses_an_id_given_twice_in_a_file(small: SmallBundle) -> None:
    small.frames["sealed"].loc[9, "row"] = small.frames["sealed"].loc[2, "row"]
    assert small.faults() == [("sealed.parquet", "row", 10, "ID_TWICE")]


def test_refuses_an_id_that_two_splits_share(small: SmallBundle) -> None:
    small.frames["sealed"].loc[9, "row"] = small.frames["train"].loc[2, "row"]
    assert small.faults() == [("sealed.parquet", "row", 10, "ID_SHARED")]


def test_refuses_a_missing_id(small: SmallBundle) -> None:
    for frame in small.frames.values():
        frame["row"] = "r" + frame["row"].astype(str)
    assert small.faults() == []
    small.frames["guard"].loc[1, "row"] = None
    assert small.faults() == [("guard.parquet", "row", 2, "ID_MISSING")]


def test_refuses_a_unit_that_two_splits_share(small: SmallBundle) -> None:
    small.frames["holdout"].loc[4, "household"] = small.frames["train"].loc[0, "household"]
    assert small.faults() == [("holdout.parquet", "household", 5, "UNIT_SHARED")]


def test_accepts_a_unit_on_several_rows_of_one_split(small: SmallBundle) -> None:
    small.frames["holdout"].loc[4, "household"] = small.frames["holdout"].loc[0, "household"]
    assert small.faults() == []


def test_refuses_a_missing_unit(small: SmallBundle) -> None:
    small.frames["train"].loc[[6, 8], "household"] = None
    assert small.faults() == [("train.parquet", "household", 7, "UNIT_MISSING")]


def test_tells_each_pair_of_splits_that_share_ids(small: SmallBundle) -> None:
    del small.manifest["unit"]
    small.frames["guard"] = small.frames["holdout"].copy()
    small.frames["sealed"].loc[0, "row"] = small.frames["train"].loc[0, "row"]
    small.frames["sealed"].loc[1, "row"] = small.frames["holdout"].loc[0, "row"]
    shared = [(fault.file, fault.sentence.split(" as well")[0]) for fault in check(small.write())]
    assert shared == [
        ("guard.parquet", "The id is in holdout.parquet"),
        ("sealed.parquet", "The id is in train.parquet"),
        ("sealed.parquet", "The id is in holdout.parquet"),
    ]


def test_names_the_first_rows_and_counts_the_rest(small: SmallBundle) -> None:
    small.frames["guard"]["household"] = None
    [fault] = [fault for fault in check(small.write()) if fault.code == "UNIT_MISSING"]
    assert "rows 1, 2, 3, 4, 5 and 55 more" in fault.sentence
