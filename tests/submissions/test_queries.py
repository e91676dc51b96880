"""Lists ask the database as often for many rows as for few."""

from typing import TypeVar

import pytest
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bounty import clock
from bounty.actions.join_competition import join_competition
from bounty.models import (
    ApiToken,
    Competition,
    HostedModelVersion,
    Invitation,
    Membership,
    MergeOffer,
    Team,
    User,
)
from submissions.actions.certify import certify
from submissions.actions.open_round import open_round
from submissions.models import Merge, Submission, Verdict
from submissions.states import Status
from tests.submissions.conftest import Send

GROUP = "sex == 'Female' and age_band == '18-24'"
OF_COMPETITION = (
    *("competition", "competition-board", "competition-submissions", "competition-model", "competition-rounds"),
    "team",
    *("api-competition", "api-board", "api-submissions", "api-rounds", "api-versions"),
    *("api-teams", "api-board-history", "api-columns", "api-splits"),
)
Row = TypeVar("Row", bound=models.Model)
OF_SITE = ("competitions", "submissions", "tokens", "account", "api-competitions", "api-tokens")


@pytest.fixture
def merged(judged: Send, competition: Competition, olga: User) -> Merge:
    """One claim that went all the way: what the others are copies of."""
    judged(GROUP)
    certify(open_round(competition, by=olga).pk)
    return Merge.objects.select_related("submission", "certificate__candidate__round", "after").get()


def test_lists_ask_as_often_for_many_rows_as_for_few(merged: Merge, alice: User, olga: User) -> None:
    for i in range(3):
        more_of_everything(merged, i, alice)
    few = asked_by_all(merged.competition, alice, olga)
    for i in range(3, 30):
        more_of_everything(merged, i, alice)
    many = asked_by_all(merged.competition, alice, olga)
    assert many == few
    shown = Client().get(reverse("api-board", args=[merged.competition.slug])).json()["standings"]
    assert len(shown) == 31  # the rows are there, and are listed


def asked_by_all(competition: Competition, *people: User) -> dict[str, int]:
    """The number of queries behind each list, for each who may look at it."""
    addresses = {name: reverse(name, args=[competition.slug]) for name in OF_COMPETITION}
    addresses |= {name: reverse(name) for name in OF_SITE}
    addresses["profile"] = reverse("profile", args=["alice"])
    return {f"{name} for {who}": asked(address, who) for who in people for name, address in addresses.items()}


def asked(address: str, who: User) -> int:
    client = Client()
    client.force_login(who)
    client.get(address)  # what is read once a process is read now
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def more_of_everything(merged: Merge, i: int, alice: User) -> None:
    """One more team with a member and a claim in each state; a round, a version and a competition more."""
    competition = merged.competition
    member = User.objects.create_user(f"entrant-{i}")
    team = join_competition(competition, user=member, team_name=f"Team {i}")
    version = copy(merged.after, number=merged.after.number + 1 + i)
    verdict = Verdict.objects.filter(submission=merged.submission).latest("pk")
    for status in (Status.SCORED, Status.MERGED, Status.QUEUED, Status.REFUSED):
        for owner in (team, merged.submission.team):
            claim = copy(merged.submission, status=status, team=owner)
            if status != Status.QUEUED:
                copy(verdict, submission=claim, version=version)
            if status == Status.MERGED and owner == team:
                _in_a_round(merged, claim, version)
    other = copy(competition, slug=f"competition-{i}")
    copy(merged.after, competition=other, number=0)
    hers = Team.objects.create(competition=other, name="Alice's")
    Membership.objects.create(competition=other, user=alice, team=hers)
    copy(merged.submission, competition=other, team=hers, status=Status.SCORED)
    _in_hers(merged.submission.team, i, offering=team)
    ApiToken.objects.create(user=alice, name=f"token {i}", sha256=f"{i:064}", scopes=["read"])


def _in_hers(team: Team, i: int, *, offering: Team) -> None:
    """One more member, invitation and offer of Alice's team."""
    member = User.objects.create_user(f"member-{i}")
    Membership.objects.create(competition=team.competition, user=member, team=team, role=Membership.Role.MEMBER)
    Invitation.objects.create(
        competition=team.competition, team=team, sha256=f"{i:064}", expires_at=clock.later(3600), made_by=member
    )
    MergeOffer.objects.create(offering=offering, asked=team)


def _in_a_round(merged: Merge, claim: Submission, version: HostedModelVersion) -> None:
    earlier = merged.certificate.candidate.round
    later = copy(earlier, number=earlier.number + claim.pk)
    candidate = copy(merged.certificate.candidate, round=later, submission=claim)
    waiting = copy(claim, status=Status.CANDIDATE)
    copy(candidate, submission=waiting, position=2, passed=None)
    certificate = copy(merged.certificate, candidate=candidate, digest=f"{claim.pk:064}")
    copy(merged, submission=claim, certificate=certificate, after=version)


def copy(row: Row, **changes: object) -> Row:
    """The row again, with a key of its own and these changes."""
    twin = type(row)._default_manager.get(pk=row.pk)
    twin.pk = None
    for name, value in changes.items():
        setattr(twin, name, value)
    twin.save(force_insert=True)
    return twin
