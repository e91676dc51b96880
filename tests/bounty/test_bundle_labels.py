"""Labels, weights and predictions: there, of the right type, and among the public labels."""

from typing import Any

import numpy as np
import pytest

from tests.bounty.bundles import SmallBundle


def test_refuses_missing_labels_in_any_split(small: SmallBundle) -> None:
    for split in ("train", "sealed"):
        small.frames[split]["defaulted"] = small.frames[split]["defaulted"].astype("Int64")
        small.frames[split].loc[[5, 6], "defaulted"] = None
    assert small.faults() == [
        ("sealed.parquet", "defaulted", 6, "LABEL_MISSING"),
        ("train.parquet", "defaulted", 6, "LABEL_MISSING"),
    ]


def test_refuses_a_hidden_label_that_is_not_among_the_public_ones(small: SmallBundle) -> None:
    small.frames["guard"].loc[8, "defaulted"] = 7
    assert small.faults() == [("guard.parquet", "defaulted", 9, "LABEL_UNKNOWN")]


def test_refuses_a_third_label_in_a_binary_task(small: SmallBundle) -> None:
    small.frames["train"].loc[8, "defaulted"] = 7
    assert small.faults() == [("train.parquet", "defaulted", 9, "NOT_BINARY")]
    small.manifest |= {"task": "multiclass_classification"}
    assert small.faults() == []


def test_refuses_a_train_split_with_one_label_only(small: SmallBundle) -> None:
    small.frames["train"]["defaulted"] = 0
    codes = {fault[3] for fault in small.faults()}
    assert codes == {"ONE_CLASS", "LABEL_UNKNOWN"}


def test_refuses_labels_that_are_neither_words_nor_whole_numbers(small: SmallBundle) -> None:
    for frame in small.frames.values():
        frame["defaulted"] = frame["defaulted"].astype("float64")
    assert small.faults() == []
    small.frames["holdout"].loc[2, "defaulted"] = 0.5
    assert small.faults() == [("holdout.parquet", "defaulted", 3, "LABEL_TYPE")]


def test_refuses_a_positive_label_that_train_does_not_have(small: SmallBundle) -> None:
    small.manifest["positive_label"] = "yes"
    assert small.faults() == [("competition.yaml", "positive_label", 0, "POSITIVE_LABEL_UNKNOWN")]


def test_a_label_may_be_a_truth_value_or_the_word_no(small: SmallBundle) -> None:
    for frame in small.frames.values():
        frame["defaulted"] = frame["defaulted"].astype(bool)
    small.manifest["positive_label"] = True
    assert small.faults() == []
    for frame in small.frames.values():
        frame["defaulted"] = np.where(frame["defaulted"], "yes", "no")
    small.manifest["positive_label"] = "no"
    assert small.faults() == []


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan, np.inf])
def test_refuses_a_weight_that_is_not_above_zero(small: SmallBundle, weight: float) -> None:
    small.frames["holdout"].loc[4, "weight"] = weight
    assert small.faults() == [("holdout.parquet", "weight", 5, "WEIGHT_NOT_POSITIVE")]


def test_refuses_a_weight_that_is_no_number(small: SmallBundle) -> None:
    for frame in small.frames.values():
        frame["weight"] = "heavy"
    assert {fault[3] for fault in small.faults()} == {"WEIGHT_TYPE"}


@pytest.mark.parametrize(("value", "code"), [(np.nan, "PREDICTION_MISSING"), (5, "PREDICTION_UNKNOWN")])
def test_refuses_a_prediction_that_is_no_label(routed: SmallBundle, value: Any, code: str) -> None:
    for frame in routed.frames.values():
        frame["system_b"] = frame["system_b"].astype("float64")
    assert routed.faults() == []
    routed.frames["sealed"].loc[11, "system_b"] = value
    assert routed.faults() == [("sealed.parquet", "system_b", 12, code)]


@pytest.mark.parametrize(("value", "code"), [(np.nan, "LABEL_MISSING"), (np.inf, "NOT_FINITE")])
def test_refuses_a_real_label_that_is_no_number(real: SmallBundle, value: float, code: str) -> None:
    real.frames["sealed"].loc[0, "defaulted"] = value
    assert real.faults() == [("sealed.parquet", "defaulted", 1, code)]


def test_refuses_a_real_label_outside_the_range_given(real: SmallBundle) -> None:
    real.manifest["label_range"] = [-50.0, 100.0]
    assert real.faults() == []
    real.frames["holdout"].loc[1, "defaulted"] = 101.0
    assert real.faults() == [("holdout.parquet", "defaulted", 2, "LABEL_OUT_OF_RANGE")]


def test_refuses_words_as_labels_of_a_regression(real: SmallBundle) -> None:
    for frame in real.frames.values():
        frame["defaulted"] = "much"
    assert {fault[3] for fault in real.faults()} == {"LABEL_TYPE"}


def test_refuses_a_transcript_that_is_missing_and_takes_an_empty_one(transcription: SmallBundle) -> None:
    transcription.frames["guard"].loc[3, "system_b"] = ""
    assert transcription.faults() == []
    transcription.frames["guard"].loc[3, "system_b"] = None
    assert transcription.faults() == [("guard.parquet", "system_b", 4, "PREDICTION_MISSING")]
