"""Teams: invitations, roles, leaving, and what holds a person to one team."""

import datetime as dt

import pytest
from django.core import mail

from bounty import clock
from bounty.actions.accept_invitation import accept_invitation
from bounty.actions.import_bundle import import_bundle
from bounty.actions.invite import MAX_A_DAY, invite_to_team
from bounty.actions.join_competition import join_competition
from bounty.actions.leave_team import leave_team, remove_member
from bounty.actions.make_captain import make_captain
from bounty.actions.name_team import name_team
from bounty.actions.offer_merge import offer_merge
from bounty.actions.publish_competition import publish_competition
from bounty.actions.revoke_invitation import revoke_invitation
from bounty.errors import BountyError, Invalid, LimitReached, NotAllowed, Refused
from bounty.mail import send_invitation
from bounty.models import AuditEvent, Competition, Invitation, Membership, RulesAcceptance, Team, User
from bounty.policies import can_submit, team_of
from submissions.actions.merge_teams import merge_teams
from tests.bounty.bundles import SmallBundle


@pytest.fixture
def opened(small: SmallBundle, olga: User) -> Competition:
    return publish_competition(import_bundle(small.folder, organiser=olga), by=olga)


@pytest.fixture
def hers(opened: Competition, alice: User) -> Team:
    return join_competition(opened, user=alice, team_name="Wonderland")


def link(team: Team, by: User, email: str = "") -> str:
    return invite_to_team(team, by=by, email=email)[1]


def join(team: Team, user: User, by: User) -> None:
    accept_invitation(link(team, by), user=user, rules_version=team.competition.rules_version)


def has_sent(team: Team) -> Team:
    Team.objects.filter(pk=team.pk).update(first_sent_at=clock.now())
    team.refresh_from_db()
    return team


def names(team: Team) -> list[str]:
    return [membership.user.username for membership in team.present()]


def test_whoever_has_the_link_joins_and_accepts_the_rules(hers: Team, alice: User, bob: User) -> None:
    join(hers, bob, alice)
    assert names(hers) == ["alice", "bob"]
    assert Membership.objects.get(user=bob).role == Membership.Role.MEMBER
    assert RulesAcceptance.objects.filter(user=bob, rules_version=hers.competition.rules_version).exists()
    assert can_submit(bob, hers.competition) == hers


def test_a_link_is_known_by_its_digest_alone(hers: Team, alice: User) -> None:
    secret = link(hers, alice)
    stored = [str(value) for value in Invitation.objects.values_list().get()]
    assert secret not in " ".join(stored)
    assert secret not in str([*AuditEvent.objects.values_list("data", flat=True)])


def test_joining_twice_costs_the_link_one_use(hers: Team, alice: User, bob: User) -> None:
    secret = link(hers, alice)
    for _ in range(2):
        accept_invitation(secret, user=bob, rules_version=1)
    assert Invitation.objects.get().uses == 1


def test_an_invitation_by_mail_lets_one_in(hers: Team, alice: User, bob: User, charlie: User) -> None:
    secret = link(hers, alice, "someone@example.org")
    accept_invitation(secret, user=bob, rules_version=1)
    with pytest.raises(Refused, match="INVITATION_USELESS"):
        accept_invitation(secret, user=charlie, rules_version=1)
    assert names(hers) == ["alice", "bob"]


def test_the_mail_names_the_team_and_has_the_link(hers: Team, alice: User) -> None:
    invitation, secret = invite_to_team(hers, by=alice, email="someone@example.org")
    assert send_invitation(invitation, link=f"http://testserver/invitations/{secret}/")
    (sent,) = mail.outbox
    assert sent.to == ["someone@example.org"]
    assert "Wonderland" in sent.subject
    assert secret in sent.body


@pytest.mark.parametrize("fault", ["revoked", "expired", "unknown"])
def test_a_useless_link_opens_nothing(fault: str, hers: Team, alice: User, bob: User) -> None:
    invitation, secret = invite_to_team(hers, by=alice)
    if fault == "revoked":
        revoke_invitation(invitation, by=alice)
    if fault == "expired":
        Invitation.objects.update(expires_at=clock.now() - dt.timedelta(seconds=1))
    with pytest.raises(Refused, match="INVITATION_USELESS"):
        accept_invitation("unknown" if fault == "unknown" else secret, user=bob, rules_version=1)
    join(hers, bob, alice)
    assert names(hers) == ["alice", "bob"]


def test_rules_that_have_changed_are_read_again_first(hers: Team, alice: User, bob: User) -> None:
    secret = link(hers, alice)
    with pytest.raises(Refused, match="RULES_CHANGED"):
        accept_invitation(secret, user=bob, rules_version=7)
    accept_invitation(secret, user=bob, rules_version=1)


def test_a_full_team_takes_nobody(hers: Team, alice: User, bob: User, charlie: User) -> None:
    Competition.objects.update(max_team_members=2)
    hers.refresh_from_db()
    join(hers, bob, alice)
    with pytest.raises(Refused, match="TEAM_FULL"):
        join(hers, charlie, alice)
    leave_team(hers, user=bob)
    join(hers, charlie, alice)
    assert names(hers) == ["alice", "charlie"]


def test_the_organiser_does_not_join(hers: Team, alice: User, olga: User) -> None:
    with pytest.raises(NotAllowed, match="ORGANISER_MAY_NOT_COMPETE"):
        join(hers, olga, alice)


def test_a_team_of_one_that_has_sent_nothing_makes_way(hers: Team, alice: User, bob: User) -> None:
    his = join_competition(hers.competition, user=bob)
    join(hers, bob, alice)
    assert names(hers) == ["alice", "bob"]
    assert not Team.objects.filter(pk=his.pk).exists()


def test_a_team_that_has_sent_something_holds_its_people(hers: Team, alice: User, bob: User) -> None:
    has_sent(join_competition(hers.competition, user=bob))
    with pytest.raises(Refused, match="IN_ANOTHER_TEAM"):
        join(hers, bob, alice)
    assert names(hers) == ["alice"]


def test_leaving_is_no_way_to_a_second_quota(hers: Team, alice: User, bob: User) -> None:
    join(hers, bob, alice)
    has_sent(hers)
    leave_team(hers, user=bob)
    assert team_of(bob, hers.competition) is None
    with pytest.raises(Refused, match="LEFT_A_TEAM"):
        join_competition(hers.competition, user=bob)
    join(hers, bob, alice)
    assert names(hers) == ["alice", "bob"]


def test_a_team_that_has_sent_nothing_is_left_for_good_and_another_made(hers: Team, alice: User) -> None:
    leave_team(hers, user=alice)
    assert not Team.objects.exists()
    assert join_competition(hers.competition, user=alice).name == "alice"


def test_the_longest_member_follows_a_captain_who_leaves(hers: Team, alice: User, bob: User, charlie: User) -> None:
    for user in (bob, charlie):
        join(hers, user, alice)
    has_sent(hers)
    leave_team(hers, user=alice)
    assert [(m.user, m.role) for m in hers.present()] == [(bob, "captain"), (charlie, "member")]


def test_links_of_a_team_without_people_open_nothing(hers: Team, alice: User, bob: User) -> None:
    secret = link(hers, alice)
    has_sent(hers)
    leave_team(hers, user=alice)
    with pytest.raises(Refused, match="INVITATION_USELESS"):
        accept_invitation(secret, user=bob, rules_version=1)


def test_a_captain_hands_over(hers: Team, alice: User, bob: User, charlie: User) -> None:
    join(hers, bob, alice)
    with pytest.raises(Refused, match="NOT_IN_THE_TEAM"):
        make_captain(hers, user=charlie, by=alice)
    make_captain(hers, user=bob, by=alice)
    assert {m.user: m.role for m in hers.present()} == {alice: "member", bob: "captain"}
    remove_member(hers, user=alice, by=bob)
    assert names(hers) == ["bob"]


def test_what_is_the_captain_s_is_nobody_else_s(hers: Team, alice: User, bob: User, charlie: User) -> None:
    join(hers, bob, alice)
    invitation, _ = invite_to_team(hers, by=alice)
    for other in (bob, charlie):
        for act in (
            lambda by: invite_to_team(hers, by=by),
            lambda by: remove_member(hers, user=alice, by=by),
            lambda by: make_captain(hers, user=bob, by=by),
            lambda by: name_team(hers, name="Ours", by=by),
            lambda by: revoke_invitation(invitation, by=by),
        ):
            with pytest.raises(NotAllowed, match="NOT_THE_CAPTAIN"):
                act(other)
    with pytest.raises(Refused, match="CAPTAIN_LEAVES"):
        remove_member(hers, user=alice, by=alice)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("  ", "TEAM_NAME_MISSING"),
        ("a\x00b", "TEAM_NAME_MISSING"),
        ("Taken", "TEAM_NAME_TAKEN"),
        ("anonymous  team 7", "TEAM_NAME_TAKEN"),
    ],
)
def test_a_team_is_renamed_unless_the_name_is_not_to_be_had(
    name: str, code: str, hers: Team, alice: User, bob: User
) -> None:
    join_competition(hers.competition, user=bob, team_name="Taken")
    with pytest.raises(BountyError) as refusal:
        name_team(hers, name=name, by=alice)
    assert refusal.value.code == code
    assert name_team(hers, name=" Looking   Glass ", by=alice).name == "Looking Glass"


def test_invitations_are_limited(hers: Team, alice: User) -> None:
    made = [invite_to_team(hers, by=alice)[0] for _ in range(MAX_A_DAY)]
    revoke_invitation(made[0], by=alice)
    with pytest.raises(LimitReached, match="TOO_MANY_INVITATIONS"):
        invite_to_team(hers, by=alice)
    first = AuditEvent.objects.filter(verb="invite").earliest("pk")
    AuditEvent.objects.filter(pk=first.pk).update(at=clock.now() - dt.timedelta(days=1))
    invite_to_team(hers, by=alice)


def test_what_is_no_address_is_refused(hers: Team, alice: User) -> None:
    with pytest.raises(Invalid, match="ADDRESS_WRONG"):
        invite_to_team(hers, by=alice, email="nobody")
    invite_to_team(hers, by=alice, email="nobody@example.org")


def test_a_competition_that_has_ended_takes_nobody(hers: Team, alice: User, bob: User) -> None:
    secret = link(hers, alice)
    Competition.objects.update(closes_at=clock.now() - dt.timedelta(seconds=1))
    with pytest.raises(Refused, match="COMPETITION_CLOSED"):
        accept_invitation(secret, user=bob, rules_version=1)
    Competition.objects.update(closes_at=None)
    accept_invitation(secret, user=bob, rules_version=1)


def test_a_team_that_took_in_another_is_left_like_any(hers: Team, alice: User, bob: User) -> None:
    his = join_competition(hers.competition, user=bob)
    merge_teams(offer_merge(his, to=hers.name, by=bob), by=alice)
    hers.refresh_from_db()
    leave_team(hers, user=alice)
    leave_team(hers, user=bob)
    assert not Team.objects.exists()


def test_who_left_a_team_empty_leads_it_again(hers: Team, alice: User) -> None:
    has_sent(hers)
    leave_team(hers, user=alice)
    assert join_competition(hers.competition, user=alice) == hers
    assert [(m.user, m.role) for m in hers.present()] == [(alice, "captain")]


def test_who_was_removed_does_not_come_back_by_the_same_link(hers: Team, alice: User, bob: User) -> None:
    secret = link(hers, alice)
    accept_invitation(secret, user=bob, rules_version=1)
    remove_member(hers, user=bob, by=alice)
    with pytest.raises(Refused, match="INVITATION_USELESS"):
        accept_invitation(secret, user=bob, rules_version=1)
    join(hers, bob, alice)


def test_a_team_is_not_left_to_an_account_that_is_shut(hers: Team, alice: User, bob: User, charlie: User) -> None:
    for user in (bob, charlie):
        join(hers, user, alice)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    leave_team(hers, user=alice)
    assert hers.memberships.get(role="captain").user == charlie


def test_making_teams_anew_is_no_way_to_more_invitations(hers: Team, alice: User) -> None:
    for _ in range(MAX_A_DAY):
        invite_to_team(hers, by=alice)
    leave_team(hers, user=alice)
    with pytest.raises(LimitReached, match="TOO_MANY_INVITATIONS"):
        invite_to_team(join_competition(hers.competition, user=alice), by=alice)


@pytest.mark.parametrize("address", ["x@" + "\u00e4" * 62 + ".example", "a\nb@example.org", "x" * 300 + "@example.org"])
def test_an_address_that_no_mail_server_writes_is_refused(address: str, hers: Team, alice: User) -> None:
    with pytest.raises(Invalid, match="ADDRESS_WRONG"):
        invite_to_team(hers, by=alice, email=address)
