"""What is refused at the door, each beside the same request without the fault."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from bounty.errors import BountyError, LimitReached, Refused
from bounty.models import AuditEvent, Competition, Team, User
from submissions.actions.cancel import cancel
from submissions.artifacts import read
from submissions.models import Artifact, QueryBudget, Submission
from submissions.quota import quota
from submissions.states import Status
from tests.submissions.conftest import Send

GROUP = "age_band == '18-24'"
SOURCE = b"def group(X):\n    return X['income'] > 1000\n"
PYTHON: dict[str, Any] = {"group_kind": "python", "group_source": SOURCE}


def test_a_submission_is_queued_counted_and_recorded(send: Send, team: Team) -> None:
    submission = send(GROUP)
    assert submission.status == Status.QUEUED
    assert quota(team).used == 1
    assert AuditEvent.objects.filter(verb="submit", subject=f"submission:{submission.pk}").count() == 1


FAULTS: list[tuple[str, str, dict[str, Any]]] = [
    ("PREDICATE_SYNTAX", "age_band ==", {}),
    ("PREDICATE_EMPTY", "  ", {}),
    ("UNKNOWN_COLUMN", "agee_band == '18-24'", {}),
    ("WRONG_TYPE", "income == 'high'", {}),
    ("PREDICATE_TOO_LARGE", " or ".join(["income > 1"] * 5000), {}),
    ("PATCH_KIND_NOT_OFFERED", GROUP, {"patch_kind": "route", "patch_column": "other"}),
    ("PATCH_KIND_NOT_OFFERED", GROUP, {"patch_kind": "magic"}),
    ("UNKNOWN_GROUP_KIND", GROUP, {"group_kind": "magic"}),
    ("SOURCE_EMPTY", "", PYTHON | {"group_source": b"  \n"}),
    ("SOURCE_TOO_LARGE", "", PYTHON | {"group_source": SOURCE + b"#" * 256 * 1024}),
    ("SOURCE_NOT_TEXT", "", PYTHON | {"group_source": SOURCE + b"\xff\xfe"}),
    ("PICKLE_REFUSED", "", PYTHON | {"group_source": b"\x80\x04\x95abc"}),
    ("PICKLE_REFUSED", GROUP, {"patch_kind": "python", "patch_source": b"PK\x03\x04rest"}),
]


@pytest.mark.parametrize(("code", "predicate", "fields"), FAULTS)
def test_a_faulty_request_is_refused_and_nothing_is_stored(
    code: str, predicate: str, fields: dict[str, Any], send: Send, team: Team
) -> None:
    with pytest.raises(BountyError) as refusal:
        send(predicate, **fields)
    assert refusal.value.code == code
    assert refusal.value.fault == "entrant"
    assert not Submission.objects.exists()
    assert not Artifact.objects.exists()
    assert not QueryBudget.objects.exists()


@pytest.mark.parametrize(
    ("predicate", "fields"), [(GROUP, {}), ("", PYTHON), (GROUP, {"patch_kind": "python", "patch_source": SOURCE})]
)
def test_the_same_requests_without_the_fault_are_taken(predicate: str, fields: dict[str, Any], send: Send) -> None:
    assert send(predicate, **fields).status == Status.QUEUED


def test_a_syntax_error_names_its_position(send: Send) -> None:
    with pytest.raises(BountyError) as refusal:
        send("income >> 3")
    assert refusal.value.detail["position"] == 8


@pytest.mark.parametrize("state", [s for s in Competition.State if s != Competition.State.OPEN])
def test_a_competition_that_is_not_open_takes_nothing(state: str, send: Send, competition: Competition) -> None:
    send(GROUP)
    Competition.objects.filter(pk=competition.pk).update(state=state)
    with pytest.raises(Refused, match="COMPETITION_CLOSED"):
        send(GROUP, to=Team.objects.get())


def test_the_day_s_quota_holds(send: Send, competition: Competition, team: Team) -> None:
    Competition.objects.filter(pk=competition.pk).update(submissions_per_day=2)
    send(GROUP)
    send(GROUP)
    with pytest.raises(LimitReached, match="QUOTA_DAY"):
        send(GROUP)
    assert Submission.objects.count() == 2


def test_submissions_in_flight_are_limited(send: Send, competition: Competition) -> None:
    Competition.objects.filter(pk=competition.pk).update(submissions_in_flight=1)
    first = send(GROUP)
    with pytest.raises(LimitReached, match="QUOTA_IN_FLIGHT"):
        send(GROUP)
    cancel(first, by=first.sent_by)
    assert send(GROUP).status == Status.QUEUED


def test_the_same_key_gives_the_same_submission_and_costs_nothing(send: Send, team: Team) -> None:
    first, second = send(GROUP, key="k1"), send(GROUP, key="k1")
    assert first.pk == second.pk
    assert quota(team).used == 1


def test_the_same_key_with_another_request_is_refused(send: Send) -> None:
    send(GROUP, key="k1")
    with pytest.raises(Refused, match="IDEMPOTENCY_MISMATCH"):
        send("income > 3", key="k1")


def test_equal_sources_are_one_artifact(send: Send) -> None:
    send("", **PYTHON)
    send("", **PYTHON)
    assert Artifact.objects.count() == 1


def test_cancelling_gives_the_place_back(send: Send, team: Team, alice: User) -> None:
    cancel(send(GROUP), by=alice)
    assert quota(team).used == 0


def test_what_a_worker_has_begun_cannot_be_cancelled(send: Send, alice: User) -> None:
    submission = send(GROUP)
    Submission.objects.filter(pk=submission.pk).update(status=Status.JUDGING)
    with pytest.raises(Refused, match="TOO_LATE_TO_CANCEL"):
        cancel(submission, by=alice)


def test_a_file_that_a_kill_cut_short_is_written_anew(send: Send) -> None:
    artifact = send("", **PYTHON).group_source
    assert artifact is not None
    default_storage.delete(artifact.file)
    default_storage.save(artifact.file, ContentFile(SOURCE[:10]))
    with pytest.raises(BountyError, match="ARTIFACT_DAMAGED"):
        read(artifact)
    send("", **PYTHON)
    assert read(artifact) == SOURCE
