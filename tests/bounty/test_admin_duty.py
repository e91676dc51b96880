"""The admin of who is on duty: what needs attention, and the acts that mend it."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bounty.actions.import_bundle import import_bundle
from bounty.actions.leave_team import remove_member
from bounty.actions.publish_competition import publish_competition
from bounty.actions.revoke_invitation import revoke_invitation
from bounty.errors import NotAllowed
from bounty.models import Admission, AuditEvent, Competition, Invitation, Membership, RoundTime, User
from submissions.models import Merge, Round, Settlement, Submission
from submissions.states import Status
from tests.bounty.admin_pages import act, address
from tests.bounty.bundles import SmallBundle
from tests.bounty.every_row import fill
from tests.pages import signed_in, words


@pytest.fixture
def competition(small: SmallBundle, olga: User, alice: User) -> Competition:
    made = publish_competition(import_bundle(small.folder, organiser=olga), by=olga)
    fill(made, user=alice, invited_by=olga)
    return made


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", password="x" * 12)


@pytest.fixture
def staff(root: User) -> Client:
    return signed_in(root)


def _attention(staff: Client) -> str:
    """The block on the first page; empty where there is none."""
    return words(staff.get(reverse("admin:index"))).partition("Needs attention")[2].partition("Whether the audit")[0]


def _events(verb: str) -> list[dict[str, Any]]:
    return list(AuditEvent.objects.filter(verb=verb).values_list("data", flat=True))


def test_the_first_page_is_quiet_while_nothing_is_wrong(competition: Competition, staff: Client) -> None:
    assert _attention(staff) == ""


def test_the_first_page_counts_what_is_wrong_and_leads_to_it(competition: Competition, staff: Client) -> None:
    now = timezone.now()
    hour = dt.timedelta(hours=1)
    Merge.objects.update(given_up_at=now)
    Settlement.objects.update(given_up_at=now)
    Round.objects.update(lease_until=now - hour)
    Submission.objects.update(status=Status.FAILED, finished_at=now)
    said = _attention(staff)
    assert (
        "Merges whose re-scoring was given up: 1 Closes that were given up: 1 Rounds whose worker fell silent: 1"
        in said
    )
    assert "Submissions failed by the platform in the last 24 hours: 1" in said

    Submission.objects.update(finished_at=now - 25 * hour)
    assert "failed by the platform" not in _attention(staff)
    Submission.objects.update(status=Status.JUDGING, lease_until=now - hour)
    assert "Submissions whose worker fell silent: 1" in _attention(staff)
    Submission.objects.update(status=Status.QUEUED, waits_for="No sandbox works here.", next_attempt_at=now - 2 * hour)
    said = _attention(staff)
    assert "Submissions waiting for a sandbox: 1" in said
    assert "waits for 2\xa0hours" in said or "waits for 2 hours" in said


def test_every_concern_leads_to_the_rows_it_counts(competition: Competition, staff: Client) -> None:
    lost = Submission.objects.get()
    Submission.objects.update(status=Status.FAILED, finished_at=timezone.now())
    there = f"{address(Submission, 'changelist')}?attention=failed-today"
    assert there in staff.get(reverse("admin:index")).content.decode()
    assert address(Submission, "change", lost.pk) in staff.get(there).content.decode()
    Submission.objects.update(status=Status.SCORED)
    assert address(Submission, "change", lost.pk) not in staff.get(there).content.decode()


def test_rounds_and_the_close_are_refused_with_their_codes_and_done_where_they_may_be(
    competition: Competition, staff: Client
) -> None:
    assert "A round is under way; wait until it has finished. (ROUND_UNDER_WAY)" in act(
        staff, "open_round", competition
    )
    assert "(ROUND_UNDER_WAY)" in act(staff, "close_competition", competition)
    Round.objects.update(state=Round.State.FINISHED)
    Settlement.objects.all().delete()
    assert "(RESCORING)" in act(staff, "open_round", competition)
    act(staff, "close_competition", competition, reason="The last day.")
    competition.refresh_from_db()
    assert competition.state == Competition.State.CLOSING
    assert [data["reason"] for data in _events("close_competition")] == ["The last day."]


def test_what_two_lists_show_of_one_competition_is_tried_again_once(competition: Competition, staff: Client) -> None:
    merge, settlement = Merge.objects.get(), Settlement.objects.get()
    assert "(NOTHING_GIVEN_UP)" in act(staff, "try_again", merge)
    for work in (merge, settlement):
        type(work).objects.update(given_up_at=timezone.now(), attempts=3)  # type: ignore[attr-defined]
    asked = staff.post(address(Merge, "changelist"), {"action": "try_again", "_selected_action": [merge.pk]})
    assert "is tried again; the settlement" in words(asked)
    act(staff, "try_again", settlement)
    for work in (merge, settlement):
        work.refresh_from_db()
        assert (work.given_up_at, work.attempts) == (None, 0)
    assert [data["works"] for data in _events("try_again")] == [2]


def test_staff_take_back_an_invitation_an_admission_and_a_time(competition: Competition, staff: Client) -> None:
    later = timezone.now() + dt.timedelta(days=1)
    coming = RoundTime.objects.create(competition=competition, at=later)
    act(staff, "revoke_invitation", Invitation.objects.get())
    act(staff, "end_admission", Admission.objects.get())
    act(staff, "unschedule_round", coming)
    assert Invitation.objects.get().revoked_at is not None
    assert not Admission.objects.filter(ended_at=None).exists()
    assert not RoundTime.objects.filter(pk=coming.pk).exists()


def test_staff_take_a_member_out_of_a_team_as_charlie_may_not(
    competition: Competition, staff: Client, root: User, alice: User, bob: User, charlie: User
) -> None:
    team = Membership.objects.get(user=alice).team
    hers = Membership.objects.create(team=team, user=bob, competition=competition, role=Membership.Role.MEMBER)
    for act_of in (
        lambda by: remove_member(team, user=bob, by=by),
        lambda by: revoke_invitation(Invitation.objects.get(), by=by),
    ):
        with pytest.raises(NotAllowed, match="NOT_THE_CAPTAIN"):
            act_of(charlie)
    act(staff, "remove", hers, reason="Asked by letter.")
    assert not team.memberships.filter(user=bob).exists()
    assert _events("leave_team") == [{"account": bob.pk, "actor": root.pk, "reason": "Asked by letter."}]


def test_nobody_confirms_more_than_can_be_read(competition: Competition, staff: Client) -> None:
    User.objects.bulk_create(User(username=f"u{i}") for i in range(101))
    some = [user.pk for user in User.objects.filter(username__startswith="u")]
    answer = staff.post(address(User, "changelist"), {"action": "deactivate_account", "_selected_action": some})
    assert answer.status_code == 302
    some.pop()
    asked = staff.post(address(User, "changelist"), {"action": "deactivate_account", "_selected_action": some})
    assert asked.status_code == 200
