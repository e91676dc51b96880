"""The demonstration's entrants: the groups that they find are what they say, whatever the columns."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bounty.demo.groups import Group, Sizes, plain_groups
from bounty.demo.sources import patch_source
from scoring import predicates
from scoring.tables import encode

ROWS = 2_000
ANY_SIZE = Sizes(least_share=0.02, most_weight=0.5)


def column(name: str, kind: str, *, demographic: bool = True) -> dict[str, Any]:
    return {"name": name, "kind": kind, "role": "feature", "demographic": demographic}


COLUMNS = [
    column("land or 'Land'", "text"),
    column('a "quoted" name', "number"),
    column("age", "number"),
    column("income", "number", demographic=False),
]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    dice = np.random.default_rng(1)
    lands = dice.choice(["north", "o'south", 'e"ast', None], ROWS, p=[0.4, 0.3, 0.2, 0.1])
    return pd.DataFrame(
        {
            COLUMNS[0]["name"]: lands,
            COLUMNS[1]["name"]: dice.choice([0, 1, np.nan], ROWS),
            "age": dice.integers(18, 90, ROWS),
            "income": dice.lognormal(size=ROWS),
        }
    )


@pytest.fixture(scope="module")
def groups(frame: pd.DataFrame) -> list[Group]:
    return plain_groups(frame, COLUMNS, np.ones(ROWS), sizes=ANY_SIZE)


def test_a_groups_predicate_picks_its_rows(frame: pd.DataFrame, groups: list[Group]) -> None:
    table = encode(frame, tuple(frame.columns))
    assert len(groups) > 10
    for group in groups:
        picked = predicates.evaluate(predicates.parse(group.predicate()), table)
        np.testing.assert_array_equal(picked, group.mask)


def test_a_groups_python_picks_its_rows(frame: pd.DataFrame, groups: list[Group]) -> None:
    given = encode(frame, tuple(frame.columns)).to_frame()
    for group in groups:
        names: dict[str, Any] = {}
        exec(group.python(), names)
        np.testing.assert_array_equal(names["group"](given), group.mask)


def test_groups_keep_to_the_allowed_sizes_and_to_demographic_columns(groups: list[Group]) -> None:
    for group in groups:
        assert group.mask.mean() >= ANY_SIZE.least_share
        assert group.weight <= ANY_SIZE.most_weight
        assert all(condition.column != "income" for condition in group.conditions)
    assert {len(group.conditions) for group in groups} == {1, 2}


def test_rows_count_by_their_weight(frame: pd.DataFrame) -> None:
    weights = np.where(frame["age"] < 50, 3.0, 1.0)
    for group in plain_groups(frame, COLUMNS, weights, sizes=ANY_SIZE):
        assert group.weight == pytest.approx(weights[group.mask].sum() / weights.sum())


def test_other_features_stand_in_where_no_column_is_demographic(frame: pd.DataFrame) -> None:
    plain = [each | {"demographic": False} for each in COLUMNS]
    found = plain_groups(frame, plain, np.ones(ROWS), sizes=ANY_SIZE)
    assert "income" in {condition.column for group in found for condition in group.conditions}


def test_sizes_stay_within_a_competitions_rules() -> None:
    rules = {"rules": {"min_group_rows": 100, "max_group_weight": 0.5}}
    sizes = Sizes.of(rules, [{"name": "train", "rows": 7}, {"name": "sealed", "rows": 1000}])
    assert 0.1 < sizes.least_share < 0.2
    assert 0.4 < sizes.most_weight < 0.5


@pytest.mark.parametrize("texts", [[], ["land or 'Land'"]])
@pytest.mark.parametrize("regression", [True, False])
def test_a_patchs_source_fits_and_answers_whatever_the_columns(
    frame: pd.DataFrame, texts: list[str], regression: bool
) -> None:
    given = encode(frame, tuple(frame.columns)).to_frame()
    labels = frame["age"] / 7 if regression else frame["age"].map(lambda age: ("young", "middle", "old")[age // 31])
    names: dict[str, Any] = {}
    exec(patch_source(regression=regression, texts=texts), names)
    answers = names["predict"](names["fit"](given, labels), given)
    error = np.abs(answers - labels).mean() if regression else (answers != labels).mean()
    trivial = np.abs(labels.mean() - labels).mean() if regression else (labels != labels.mode()[0]).mean()
    assert error <= trivial
