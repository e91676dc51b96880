"""A competition may lower the limits on entrants' code, by its bundle or later; it may not raise them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bounty.actions.edit_competition import edit_competition
from bounty.actions.import_bundle import import_bundle
from bounty.actions.publish_competition import publish_competition
from bounty.errors import Invalid
from bounty.models import AuditEvent, Competition, User
from scoring.sandbox import GROUP_LIMITS, MODEL_LIMITS, PATCH_LIMITS
from scoring.sandbox.limits import MIB
from scoring.sandbox.lowered import HIGHEST, limits_in_force, limits_of
from tests.bounty.bundles import SmallBundle
from tests.pages import read

YAML = "competition.yaml"
LOWER = {"group": {"cpu_s": 4, "memory_mib": 512}, "patch": {"wall_s": 60}}


@pytest.fixture
def opened(small: SmallBundle, olga: User) -> Competition:
    small.manifest["rules"]["limits"] = LOWER
    return publish_competition(import_bundle(small.write(), organiser=olga), by=olga)


def test_what_is_not_lowered_is_the_platform_s() -> None:
    own = {"group": GROUP_LIMITS, "patch": PATCH_LIMITS, "model": MODEL_LIMITS}
    assert {kind: limits_of({}, kind) for kind in HIGHEST} == own
    found = limits_of(LOWER, "group")
    assert (found.cpu_s, found.wall_s, found.memory_bytes) == (4, GROUP_LIMITS.wall_s, 512 * MIB)
    assert (found.threads, found.files, found.log_bytes) == (32, 64, 64 * 1024)


def test_a_higher_limit_that_was_stored_all_the_same_does_not_count() -> None:
    assert limits_of({"group": {"cpu_s": 9000}}, "group") == GROUP_LIMITS


@pytest.mark.parametrize(
    ("limits", "column", "code"),
    [
        ({"group": {"cpu_s": 9}}, "rules.limits.group.cpu_s", "LIMIT_WRONG"),
        ({"group": {"cpu_s": 0}}, "rules.limits.group.cpu_s", "LIMIT_WRONG"),
        ({"group": {"cpu_s": True}}, "rules.limits.group.cpu_s", "LIMIT_WRONG"),
        ({"group": {"cpu_s": 1.5}}, "rules.limits.group.cpu_s", "LIMIT_WRONG"),
        ({"patch": {"memory_mib": 64}}, "rules.limits.patch.memory_mib", "LIMIT_WRONG"),
        ({"patch": {"threads": 2}}, "rules.limits.patch.threads", "LIMIT_WRONG"),
        ({"model": {"cpu_s": 21}}, "rules.limits.model.cpu_s", "LIMIT_WRONG"),
        ({"predicate": {"cpu_s": 1}}, "rules.limits.predicate", "LIMIT_WRONG"),
        ({"group": 3}, "rules.limits.group", "VALUE_WRONG"),
        (3, "rules.limits", "VALUE_WRONG"),
    ],
)
def test_a_bundle_s_limits_are_refused_by_name(small: SmallBundle, limits: Any, column: str, code: str) -> None:
    small.manifest["rules"]["limits"] = LOWER
    assert small.faults() == []
    small.manifest["rules"]["limits"] = limits
    assert small.faults() == [(YAML, column, 0, code)]


def test_lowering_them_makes_a_new_version_of_the_rules(opened: Competition, olga: User) -> None:
    assert (opened.limits, opened.rules_version) == (LOWER, 1)
    edit_competition(opened, by=olga, limits={"group": {"wall_s": 5}})
    assert (opened.limits, opened.rules_version) == ({"group": {"wall_s": 5}}, 2)
    assert AuditEvent.objects.latest("pk").data["fields"] == ["limits"]


def test_raising_them_above_the_platform_s_is_refused(opened: Competition, olga: User) -> None:
    with pytest.raises(Invalid) as refused:
        edit_competition(opened, by=olga, limits={"group": {"cpu_s": 9}})
    assert (refused.value.code, refused.value.field) == ("LIMITS_WRONG", "limits.group.cpu_s")
    opened.refresh_from_db()
    assert (opened.limits, opened.rules_version) == (LOWER, 1)
    edit_competition(opened, by=olga, limits={"group": {"cpu_s": 8}})


def test_the_rules_page_and_the_api_show_those_in_force(opened: Competition, client: Client) -> None:
    page = read(client.get(reverse("competition-rules", args=[opened.slug]))).text
    assert "4 s of processor time and 30 s in all for a run, 512 MiB" in page
    assert "60 s of processor time and 60 s in all for a run, 2048 MiB" in page
    shown = client.get(f"/api/v1/competitions/{opened.slug}").json()["rules"]["limits"]
    assert shown == limits_in_force(LOWER)
    assert shown["group"] == {"cpu_s": 4, "wall_s": 30, "memory_mib": 512}
