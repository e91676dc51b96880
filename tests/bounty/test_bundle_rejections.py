"""A bound on the false rejections of the platform's own patches, as competition.yaml declares it."""

from pathlib import Path
from typing import Any

import pytest

from bounty.actions.import_bundle import import_bundle
from bounty.models import User
from tests.bounty.bundles import SmallBundle, real_bundle, transcription_bundle

YAML = "competition.yaml"
KEY = "rules.false_rejections"
BOUND = {"between": "sex", "within": 0.05}


def asking(bundle: SmallBundle, **changes: Any) -> SmallBundle:
    bundle.manifest["rules"]["false_rejections"] = BOUND | changes
    return bundle


def test_the_bound_is_kept_with_the_competition(small: SmallBundle, olga: User) -> None:
    competition = import_bundle(asking(small).write(), organiser=olga)
    assert (competition.rejections_between, competition.rejections_within) == ("sex", 0.05)


@pytest.mark.parametrize("within", [0, 1, -0.1, 1.5, float("nan"), "5%"])
def test_refuses_a_bound_that_is_no_share(small: SmallBundle, within: object) -> None:
    assert (YAML, f"{KEY}.within", 0, "VALUE_WRONG") in asking(small, within=within).faults()
    assert asking(small).faults() == []


@pytest.mark.parametrize(
    ("column", "code"),
    [
        ("seks", "COLUMN_MISSING"),
        ("household", "BOUND_NO_FEATURE"),
        ("defaulted", "BOUND_NO_FEATURE"),
        ("income", "BOUND_GROUPS"),
    ],
)
def test_refuses_a_column_that_names_no_groups_of_features(small: SmallBundle, column: str, code: str) -> None:
    assert asking(small, between=column).faults() == [(YAML, f"{KEY}.between", 0, code)]
    assert asking(small, between="job").faults() == []


def test_refuses_a_column_of_one_value(small: SmallBundle) -> None:
    for frame in small.frames.values():
        frame["job"] = "cook"
    assert asking(small, between="job").faults() == [(YAML, f"{KEY}.between", 0, "BOUND_GROUPS")]


@pytest.mark.parametrize("make", [real_bundle, transcription_bundle])
def test_refuses_a_bound_where_nobody_is_rejected(tmp_path: Path, make: Any) -> None:
    bundle = make(tmp_path / "bundle")
    assert asking(bundle).faults() == [(YAML, KEY, 0, "KEY_UNSUITED")]
    del bundle.manifest["rules"]["false_rejections"]
    assert bundle.faults() == []


def test_refuses_a_bound_without_rows_to_measure_it_on(small: SmallBundle) -> None:
    del small.manifest["splits"]["validation"], small.frames["validation"]
    assert asking(small).faults() == [(YAML, KEY, 0, "BOUND_NEEDS_VALIDATION")]
    del small.manifest["rules"]["false_rejections"]
    assert small.faults() == []
