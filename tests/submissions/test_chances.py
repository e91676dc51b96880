"""A competition whose answers are chances, from every kind of patch to a certificate."""

import copy
from pathlib import Path
from typing import Any

import pytest

from bounty.actions.import_bundle import import_bundle
from bounty.actions.join_competition import join_competition
from bounty.actions.publish_competition import publish_competition
from bounty.models import Competition, Team, User
from scoring.sandbox.dry_run import dry_run
from scoring.sandbox.public_files import read_public_rows
from submissions.actions.certify import certify
from submissions.actions.close_competition import close_competition
from submissions.actions.open_round import open_round
from submissions.actions.settle import settle
from submissions.boxes import box
from submissions.models import Settlement, Submission
from submissions.views.starters import patch_source
from tests.bounty.bundles import chances_bundle
from tests.pages import signed_in
from tests.submissions.conftest import Send
from tests.submissions.test_dry_run_matches import downloaded, words

GROUP = "age >= 20"


@pytest.fixture
def chances(olga: User, tmp_path: Path, settings: Any) -> Competition:
    """Open; the other system's chances are far better, on everyone."""
    settings.STORAGES = copy.deepcopy(settings.STORAGES)
    for name in ("default", "vault"):
        settings.STORAGES[name]["OPTIONS"]["location"] = str(tmp_path / "stored" / name)
    bundle = chances_bundle(tmp_path / "bundle")
    for frame in bundle.frames.values():
        frame["system_a"] = 1 - 0.98 * frame["defaulted"]
        frame["system_b"] = 0.1 + 0.8 * frame["defaulted"]
    bundle.manifest["rules"] |= {"max_group_weight": 1.0}
    competition = import_bundle(bundle.write(), organiser=olga)
    publish_competition(competition, by=olga)
    competition.refresh_from_db()
    return competition


@pytest.fixture
def alices(chances: Competition, alice: User) -> Team:
    return join_competition(chances, user=alice, team_name="Alice's")


@pytest.mark.sandbox
def test_the_source_to_begin_from_answers_with_chances(judged: Send, alices: Team) -> None:
    source = patch_source(alices.competition).encode()
    submission = judged(GROUP, to=alices, patch_kind="python", patch_source=source)
    assert submission.status == Submission.objects.get().status == "scored"


@pytest.mark.sandbox
def test_refuses_a_patch_that_answers_with_more_than_1(judged: Send, alices: Team) -> None:
    source = "def fit(X, y):\n    return 0\n\ndef predict(model, X):\n    return [{}] * len(X)\n"
    percent, chance = (
        judged(GROUP, to=alices, patch_kind="python", patch_source=source.format(value).encode())
        for value in ("50.0", "0.5")
    )
    assert [s.verdicts.get().code for s in (percent, chance)] == ["NOT_CHANCES", "SCORED"]


@pytest.mark.sandbox
def test_the_dry_run_says_so_in_the_server_s_words(judged: Send, alices: Team, alice: User, tmp_path: Path) -> None:
    source = b"def fit(X, y):\n    return 0\n\ndef predict(model, X):\n    return [50.0] * len(X)\n"
    folder = tmp_path / "downloaded"
    folder.mkdir()
    verdict = judged(GROUP, to=alices, patch_kind="python", patch_source=source).verdicts.get()
    public = read_public_rows(downloaded(signed_in(alice), alices.competition, "parquet", folder))
    (report,) = dry_run(box(), source, public)
    assert (report.verdict, words(report)) == (verdict.code, verdict.sentence)
    assert verdict.code == "NOT_CHANCES"


def test_chances_go_from_a_submission_to_a_sealed_number(
    judged: Send, alices: Team, chances: Competition, olga: User
) -> None:
    trained = judged("age >= 30", to=alices)
    routed = judged(GROUP, to=alices, patch_kind="route", patch_column="system_b")
    assert {trained.status, routed.status} == {"scored"}
    assert routed.verdicts.get().numbers["harm"]["name"] == "calibration_gap"
    certify(open_round(chances, by=olga).pk)
    assert Submission.objects.filter(status="merged").exists()
    close_competition(chances, by=olga)
    settle(Settlement.objects.get().pk)
    chances.refresh_from_db()
    assert chances.close_report["certificates"][0]["sealed"]["value"] > 0.3
