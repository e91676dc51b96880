"""A scored submission or two, judged for real in this process."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bounty.actions.import_bundle import import_bundle
from bounty.actions.join_competition import join_competition
from bounty.actions.publish_competition import publish_competition
from bounty.models import Competition, Team, User
from submissions.actions.judge import judge
from submissions.actions.submit import submit
from submissions.intake.request import SubmitRequest
from submissions.models import Merge, Submission
from tests.bounty.bundles import small_bundle
from tests.submissions.certified import certify_at_random

Send = Callable[..., Submission]


@pytest.fixture
def send(team: Team, alice: User) -> Send:
    """Send a predicate with a patch by the platform, unless told otherwise."""

    def sends(
        predicate: str = "", *, to: Team = team, by: User | None = None, key: str | None = None, **fields: object
    ) -> Submission:
        asked = {"group_kind": "predicate", "patch_kind": "platform", "predicate_text": predicate} | fields
        sender = by or (alice if to == team else to.present()[0].user)  # nobody sends for a team that they are not in
        return submit(to, sent_by=sender, request=SubmitRequest(**asked), idempotency_key=key)  # type: ignore[arg-type]

    return sends


@pytest.fixture
def judged(send: Send) -> Send:
    """Send and judge."""

    def sends_and_judges(*args: object, **fields: object) -> Submission:
        submission = send(*args, **fields)
        judge(submission.pk)
        submission.refresh_from_db()
        return submission

    return sends_and_judges


@pytest.fixture
def own_storage(settings: Any, tmp_path: Path) -> None:
    """Files lie under a competition's key: those of another bundle would lie where the next test looks for its own."""
    own = copy.deepcopy(settings.STORAGES)
    for name in ("default", "vault"):
        own[name]["OPTIONS"]["location"] = str(tmp_path / "stored" / name)
    settings.STORAGES = own


@pytest.fixture
def small_competition(own_storage: None, tmp_path: Path, olga: User) -> Competition:
    """On few rows, of which versions are made at no cost."""
    return publish_competition(import_bundle(small_bundle(tmp_path / "small").write(), organiser=olga), by=olga)


@pytest.fixture
def small_team(small_competition: Competition, alice: User) -> Team:
    return join_competition(small_competition, user=alice, team_name="Alice's")


@pytest.fixture
def merges(small_team: Team) -> list[Merge]:
    """Six of them with repairs, and the board scored against the newest version."""
    made = certify_at_random(small_team, 6)
    assert sum(len(merge.repairs) for merge in made) > 3
    Merge.objects.update(rescored_at=made[-1].merged_at)
    return made
