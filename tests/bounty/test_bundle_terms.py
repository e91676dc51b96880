"""The keys of competition.yaml: known, there, in range, and agreeing with each other."""

from typing import Any

import pytest

from bounty.actions.import_bundle import check
from tests.bounty.bundles import SmallBundle

YAML = "competition.yaml"


def _set(bundle: SmallBundle, key: str, value: Any) -> None:
    holder: Any = bundle.manifest
    *above, last = key.split(".")
    for part in above:
        holder = holder[part]
    holder[last] = value


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("colour", "red", "KEY_UNKNOWN"),
        ("rules.mod", "strict", "KEY_UNKNOWN"),
        ("model.params.max_dept", 3, "RECIPE_REFUSED"),
        ("splits.test", "test.parquet", "KEY_UNKNOWN"),
        ("format", 2, "VALUE_WRONG"),
        ("slug", "Not a slug", "VALUE_WRONG"),
        ("slug", "x" * 51, "VALUE_WRONG"),
        ("title", "", "VALUE_WRONG"),
        ("title", 3, "VALUE_WRONG"),
        ("licence", "unknown", "LICENCE_MISSING"),
        ("task", "clustering", "VALUE_WRONG"),
        ("loss", "squared", "LOSS_UNSUITED"),
        ("harm", "word_error_rate", "HARM_UNSUITED"),
        ("harm", "sadness", "VALUE_WRONG"),
        ("label_range", [0.0, 1.0], "KEY_UNSUITED"),
        ("rules.mode", "generous", "VALUE_WRONG"),
        ("rules.opening", "never", "VALUE_WRONG"),
        ("rules.require", [], "VALUE_WRONG"),
        ("rules.require", ["repair", "repair"], "VALUE_WRONG"),
        ("rules.max_group_weight", 1.5, "VALUE_WRONG"),
        ("rules.max_group_weight", 0.0, "VALUE_WRONG"),
        ("rules.min_group_rows", 0, "VALUE_WRONG"),
        ("rules.min_group_rows", True, "VALUE_WRONG"),
        ("rules.min_group_rows", 61, "RULES_IMPOSSIBLE"),
        ("rules.submissions_per_day", -1, "VALUE_WRONG"),
        ("rules.delta", 0.9, "VALUE_WRONG"),
        ("rules.delta", float("nan"), "VALUE_WRONG"),
        ("rules.epsilon", 0.1, "KEY_UNSUITED"),
        ("model.estimator", "os.system", "RECIPE_REFUSED"),
        ("model.estimator", "sklearn.tree.DecisionTreeRegressor", "RECIPE_REFUSED"),
        ("model.params.max_depth", 3000, "RECIPE_REFUSED"),
        ("model.kind", "pickle", "VALUE_WRONG"),
        ("opens_at", "2026-01-01", "VALUE_WRONG"),
    ],
)
def test_refuses_a_key_that_says_what_it_may_not(small: SmallBundle, key: str, value: Any, code: str) -> None:
    _set(small, key, value)
    found = [(file, code) for file, column, _, code in small.faults() if column == key]
    assert found == [(YAML, code)]


@pytest.mark.parametrize(
    "key", ["format", "slug", "title", "summary", "licence", "task", "label", "id", "loss", "harm", "model"]
)
def test_refuses_a_missing_key(small: SmallBundle, key: str) -> None:
    del small.manifest[key]
    assert (YAML, key, 0, "KEY_MISSING") in small.faults()


def test_refuses_an_empty_key_as_a_missing_one(small: SmallBundle) -> None:
    small.manifest["title"] = None
    assert small.faults() == [(YAML, "title", 0, "KEY_MISSING")]


def test_refuses_a_binary_task_without_a_positive_label(small: SmallBundle) -> None:
    del small.manifest["positive_label"]
    assert small.faults() == [(YAML, "positive_label", 0, "KEY_MISSING")]


def test_refuses_theorem_mode_without_its_epsilon(small: SmallBundle) -> None:
    small.manifest["rules"]["mode"] = "theorem"
    assert small.faults() == [(YAML, "rules.epsilon", 0, "KEY_MISSING")]
    small.manifest["rules"]["epsilon"] = 0.1
    assert small.faults() == []


def test_refuses_a_close_before_the_opening(small: SmallBundle) -> None:
    small.manifest |= {"opens_at": "2026-02-01T00:00:00Z", "closes_at": "2026-01-01T00:00:00Z"}
    assert small.faults() == [(YAML, "closes_at", 0, "DATES_REVERSED")]
    small.manifest["closes_at"] = "2026-03-01T00:00:00Z"
    assert small.faults() == []


@pytest.mark.parametrize("part", ["label", "id", "unit"])
def test_refuses_what_entrants_may_not_see_as_a_feature(small: SmallBundle, part: str) -> None:
    small.manifest["columns"]["features"] = ["age", "sex"]
    assert small.faults() == []
    small.manifest["columns"]["features"].append(small.manifest[part])
    assert small.faults() == [(YAML, "columns.features", 0, "FEATURE_HIDDEN")]


def test_refuses_one_column_in_two_parts(small: SmallBundle) -> None:
    small.manifest["row_weight"] = "row"
    assert small.faults() == [(YAML, "row_weight", 0, "COLUMN_TWO_PARTS")]


def test_refuses_a_column_listed_twice(small: SmallBundle) -> None:
    small.manifest["columns"] = {"features": ["age", "sex", "age"], "demographic": ["sex", "sex"]}
    assert small.faults() == [
        (YAML, "columns.demographic", 0, "COLUMN_LISTED_TWICE"),
        (YAML, "columns.features", 0, "COLUMN_LISTED_TWICE"),
    ]


def test_refuses_a_demographic_column_that_is_no_feature(small: SmallBundle) -> None:
    small.manifest["columns"] = {"features": ["age"], "demographic": ["sex"]}
    assert small.faults() == [(YAML, "columns.demographic", 0, "DEMOGRAPHIC_NO_FEATURE")]


def test_refuses_no_features_at_all(small: SmallBundle) -> None:
    small.manifest["columns"] = {"features": []}
    assert small.faults() == [(YAML, "columns.features", 0, "NO_FEATURES")]


def test_refuses_a_candidate_named_twice(routed: SmallBundle) -> None:
    routed.manifest["model"]["candidates"] = ["system_b", "system_a"]
    assert routed.faults() == [(YAML, "model.candidates", 0, "COLUMN_LISTED_TWICE")]


def test_refuses_the_label_as_a_column_of_predictions(routed: SmallBundle) -> None:
    routed.manifest["model"]["candidates"] = ["defaulted"]
    assert routed.faults() == [(YAML, "model", 0, "COLUMN_TWO_PARTS")]


def test_refuses_a_trained_model_for_a_transcription(transcription: SmallBundle) -> None:
    transcription.manifest["model"] = {"kind": "sklearn", "estimator": "sklearn.linear_model.Ridge"}
    assert transcription.faults() == [(YAML, "model.estimator", 0, "RECIPE_REFUSED")]


def test_refuses_a_reversed_range_of_labels(real: SmallBundle) -> None:
    real.manifest["label_range"] = [100.0, -100.0]
    assert (YAML, "label_range", 0, "VALUE_WRONG") in real.faults()
    real.manifest["label_range"] = [-100.0, 100.0]
    assert real.faults() == []


def test_says_what_may_have_been_meant(small: SmallBundle) -> None:
    small.manifest["columns"]["demographic"] = ["sexx"]
    small.manifest["rules"]["min_group_row"] = 5
    sentences = " ".join(fault.sentence for fault in check(small.write()))
    assert "Did you mean sex?" in sentences
    assert "Did you mean min_group_rows?" in sentences


def test_tells_faults_of_the_keys_and_of_the_rows_at_once(small: SmallBundle) -> None:
    small.manifest |= {"licence": "", "colour": "red", "rules": {"min_group_rows": 10, "mode": "odd", "delta": 7.0}}
    small.frames["sealed"].loc[3, "weight"] = 0
    small.frames["holdout"].loc[0, "row"] = small.frames["train"].loc[0, "row"]
    assert {(fault[0], fault[1], fault[3]) for fault in small.faults()} == {
        (YAML, "licence", "VALUE_WRONG"),
        (YAML, "colour", "KEY_UNKNOWN"),
        (YAML, "rules.mode", "VALUE_WRONG"),
        (YAML, "rules.delta", "VALUE_WRONG"),
        ("sealed.parquet", "weight", "WEIGHT_NOT_POSITIVE"),
        ("holdout.parquet", "row", "ID_SHARED"),
    }


def test_opens_at_the_close_in_certified_mode_only(small: SmallBundle) -> None:
    small.manifest["rules"] |= {"opening": "close", "mode": "strict"}
    assert small.faults() == [(YAML, "rules.opening", 0, "KEY_UNSUITED")]
    small.manifest["rules"]["mode"] = "certified"
    assert small.faults() == []
