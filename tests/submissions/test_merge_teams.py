"""Two teams become one: people, submissions, quotas; once, in time, by the captains."""

import datetime as dt

import pytest

from bounty import clock
from bounty.actions.accept_invitation import accept_invitation
from bounty.actions.invite import invite_to_team
from bounty.actions.offer_merge import decline_offer, offer_merge, withdraw_offer
from bounty.errors import NotAllowed, Refused
from bounty.models import Competition, MergeOffer, Team, User
from submissions.actions.merge_teams import merge_teams
from submissions.models import Submission
from submissions.quota import quota
from tests.submissions.conftest import Send

GROUP = "age_band == '18-24'"


@pytest.fixture
def offer(team: Team, rivals: Team, bot: User) -> MergeOffer:
    """The bot's team would be part of Alice's."""
    return offer_merge(rivals, to=team.name, by=bot)


@pytest.fixture
def both_sent(send: Send, team: Team, rivals: Team, bot: User) -> None:
    send(GROUP, key="k1")
    send("income > 3", to=rivals, by=bot, key="k1")
    send("income > 4", to=rivals, by=bot, key="k2")


def test_people_submissions_and_quotas_are_added_up(
    both_sent: None, offer: MergeOffer, team: Team, rivals: Team, alice: User, bot: User
) -> None:
    kept = merge_teams(offer, by=alice)
    assert [(m.user, m.role) for m in kept.present()] == [(alice, "captain"), (bot, "member")]
    assert Submission.objects.filter(team=team).count() == 3
    assert (quota(team).used, quota(team).in_all) == (3, 3)
    rivals.refresh_from_db()
    assert (rivals.merged_into, rivals.present().count()) == (team, 0)


def test_a_key_that_both_have_used_stays_with_the_team_that_took_the_other_in(
    both_sent: None, offer: MergeOffer, alice: User
) -> None:
    merge_teams(offer, by=alice)
    keys = Submission.objects.order_by("pk").values_list("idempotency_key", flat=True)
    assert list(keys) == ["k1", None, "k2"]


def test_the_merged_team_sends_and_the_other_does_not(
    offer: MergeOffer, send: Send, team: Team, rivals: Team, alice: User, bot: User
) -> None:
    merge_teams(offer, by=alice)
    with pytest.raises(NotAllowed, match="NOT_YOUR_TEAM"):
        send(GROUP, to=rivals, by=bot)
    assert send(GROUP, to=team, by=bot).team == team


def test_only_the_captain_of_the_team_that_was_asked_accepts(
    offer: MergeOffer, team: Team, alice: User, bob: User, bot: User, charlie: User
) -> None:
    accept_invitation(invite_to_team(team, by=alice)[1], user=bob, rules_version=team.competition.rules_version)
    for other in (bob, bot, charlie):
        with pytest.raises(NotAllowed, match="NOT_THE_CAPTAIN"):
            merge_teams(offer, by=other)
    merge_teams(offer, by=alice)


@pytest.mark.parametrize("how", ["withdrawn", "declined", "accepted"])
def test_an_offer_is_answered_once(how: str, offer: MergeOffer, alice: User, bot: User) -> None:
    if how == "withdrawn":
        withdraw_offer(offer, by=bot)
    elif how == "declined":
        decline_offer(offer, by=alice)
    else:
        merge_teams(offer, by=alice)
    with pytest.raises(Refused, match="OFFER_ANSWERED"):
        merge_teams(offer, by=alice)
    offer.refresh_from_db()
    assert offer.state == how


def test_after_the_deadline_no_team_merges(offer: MergeOffer, team: Team, rivals: Team, alice: User, bot: User) -> None:
    Competition.objects.update(teams_merge_until=clock.now() - dt.timedelta(seconds=1))
    rivals.refresh_from_db()
    with pytest.raises(Refused, match="MERGE_DEADLINE"):
        offer_merge(rivals, to=team.name, by=bot)
    with pytest.raises(Refused, match="MERGE_DEADLINE"):
        merge_teams(offer, by=alice)
    Competition.objects.update(teams_merge_until=clock.later(60))
    merge_teams(offer, by=alice)


def test_together_they_keep_to_the_rules_of_one(both_sent: None, offer: MergeOffer, alice: User) -> None:
    Competition.objects.update(max_team_members=1)
    with pytest.raises(Refused, match="TEAM_FULL"):
        merge_teams(offer, by=alice)
    Competition.objects.update(max_team_members=2, submissions_in_all=2)
    with pytest.raises(Refused, match="TEAMS_SENT_TOO_MUCH"):
        merge_teams(offer, by=alice)
    offer.refresh_from_db()
    assert offer.state == "open"
    Competition.objects.update(submissions_in_all=3)
    merge_teams(offer, by=alice)


@pytest.mark.parametrize("name", ["Nobody", "The bot's"])
def test_an_offer_needs_another_team(name: str, team: Team, rivals: Team, bot: User) -> None:
    with pytest.raises(Refused, match="NO_SUCH_TEAM"):
        offer_merge(rivals, to=name, by=bot)
    offer_merge(rivals, to=team.name, by=bot)
    with pytest.raises(Refused, match="OFFERED_ALREADY"):
        offer_merge(rivals, to=team.name, by=bot)
