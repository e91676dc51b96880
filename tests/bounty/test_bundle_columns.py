"""The columns of a bundle: the same in every split, and those that competition.yaml names."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from tests.bounty.bundles import SmallBundle

YAML = "competition.yaml"


def test_refuses_a_column_missing_from_a_split(small: SmallBundle) -> None:
    small.frames["holdout"] = small.frames["holdout"].drop(columns="job")
    assert small.faults() == [("holdout.parquet", "job", 0, "COLUMN_MISSING")]


def test_refuses_a_column_that_only_one_split_has(small: SmallBundle) -> None:
    small.frames["sealed"]["spare"] = 1
    assert small.faults() == [("sealed.parquet", "spare", 0, "COLUMN_EXTRA")]


@pytest.mark.parametrize(("column", "dtype"), [("age", "str"), ("age", "float64"), ("age", "int32"), ("sex", "bool")])
def test_refuses_a_column_of_another_type_in_one_split(small: SmallBundle, column: str, dtype: str) -> None:
    small.frames["guard"][column] = small.frames["guard"][column].astype(dtype)
    assert small.faults() == [("guard.parquet", column, 0, "COLUMN_TYPE_DIFFERS")]


def test_text_is_text_however_parquet_keeps_it(small: SmallBundle) -> None:
    small.frames["guard"]["sex"] = small.frames["guard"]["sex"].astype("category")
    assert small.faults() == []


def test_refuses_a_csv_column_with_a_word_among_its_numbers(small_csv: SmallBundle) -> None:
    small_csv.frames["guard"]["age"] = small_csv.frames["guard"]["age"].astype(object)
    small_csv.frames["guard"].loc[5, "age"] = "old"
    assert small_csv.faults() == [("guard.csv", "age", 0, "COLUMN_TYPE_DIFFERS")]


def test_accepts_a_csv_column_that_is_empty_in_one_split(small_csv: SmallBundle) -> None:
    small_csv.frames["guard"]["income"] = np.nan
    assert small_csv.faults() == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("label", "defaulted2"),
        ("id", "rows"),
        ("unit", "houshold"),
        ("row_weight", "weights"),
    ],
)
def test_refuses_a_named_column_that_is_not_there(small: SmallBundle, key: str, value: str) -> None:
    small.manifest[key] = value
    assert (YAML, key, 0, "COLUMN_MISSING") in small.faults()


def test_refuses_features_that_are_not_there(small: SmallBundle) -> None:
    small.manifest["columns"] = {"features": ["age", "aeg", "sex"], "demographic": ["sxe", "sex"]}
    assert small.faults() == [
        (YAML, "columns.demographic.0", 0, "COLUMN_MISSING"),
        (YAML, "columns.features.1", 0, "COLUMN_MISSING"),
    ]


def test_refuses_predictions_that_are_not_there(routed: SmallBundle) -> None:
    routed.manifest["model"] |= {"column": "system_x", "candidates": ["system_b", "system_y"]}
    assert routed.faults() == [
        (YAML, "model.candidates.1", 0, "COLUMN_MISSING"),
        (YAML, "model.column", 0, "COLUMN_MISSING"),
    ]


def test_refuses_a_type_that_is_neither_number_nor_text(small: SmallBundle) -> None:
    for frame in small.frames.values():
        frame["born"] = pd.Timestamp(dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
    assert {fault[1:] for fault in small.faults()} == {("born", 0, "COLUMN_TYPE")}


def test_refuses_infinity_in_a_feature(small: SmallBundle) -> None:
    small.frames["holdout"].loc[[3, 7], "income"] = [np.inf, -np.inf]
    assert small.faults() == [("holdout.parquet", "income", 4, "NOT_FINITE")]


def test_accepts_splits_in_csv_and_parquet_side_by_side(small: SmallBundle) -> None:
    small.write()
    small.frames["guard"].to_csv(small.folder / "guard.csv", index=False)
    small.manifest["splits"]["guard"] = "guard.csv"
    assert small.faults() == []
