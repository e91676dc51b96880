"""Private competitions: seen by whom their organiser lets in, and by nobody else."""

import pytest
from django.test import Client

from bounty.actions.accept_invitation import accept_invitation
from bounty.actions.edit_competition import edit_competition
from bounty.actions.end_admission import end_admission
from bounty.actions.import_bundle import import_bundle
from bounty.actions.invite import invite_to_competition, invite_to_team
from bounty.actions.join_competition import join_competition
from bounty.actions.publish_competition import publish_competition
from bounty.errors import NotAllowed, Refused
from bounty.models import Admission, Competition, Invitation, User
from bounty.policies import can_submit, sees
from tests.bounty.bundles import SmallBundle
from tests.pages import signed_in, words


@pytest.fixture
def private(small: SmallBundle, olga: User) -> Competition:
    small.manifest["visibility"] = "private"
    return publish_competition(import_bundle(small.write(), organiser=olga), by=olga)


def let_in(competition: Competition, user: User, by: User) -> None:
    accept_invitation(invite_to_competition(competition, by=by)[1], user=user)


def test_nobody_finds_it_but_whom_it_lets_in(private: Competition, olga: User, alice: User, charlie: User) -> None:
    let_in(private, alice, olga)
    page, address = f"/competitions/{private.slug}/", f"/api/v1/competitions/{private.slug}"
    for visitor, status in (
        (Client(), 404),
        (signed_in(charlie), 404),
        (signed_in(alice), 200),
        (signed_in(olga), 200),
    ):
        assert (visitor.get(page).status_code, visitor.get(address).status_code) == (status, status)
        assert (private.title in words(visitor.get("/"))) is (status == 200)
        assert (private.slug in visitor.get("/api/v1/competitions").content.decode()) is (status == 200)


def test_who_is_not_let_in_neither_joins_nor_comes_in_by_a_team(
    private: Competition, olga: User, alice: User, charlie: User
) -> None:
    let_in(private, alice, olga)
    team = join_competition(private, user=alice)
    secret = invite_to_team(team, by=alice)[1]
    with pytest.raises(NotAllowed, match="NOT_INVITED"):
        join_competition(private, user=charlie)
    with pytest.raises(NotAllowed, match="NOT_INVITED"):
        accept_invitation(secret, user=charlie, rules_version=1)
    assert private.title not in words(signed_in(charlie).get(f"/invitations/{secret}/"))
    let_in(private, charlie, olga)
    accept_invitation(secret, user=charlie, rules_version=1)
    assert can_submit(charlie, private) == team


def test_a_link_lets_in_as_many_as_it_says(
    private: Competition, olga: User, alice: User, bob: User, charlie: User
) -> None:
    _, secret = invite_to_competition(private, by=olga, max_uses=2)
    for user in (alice, alice, bob):
        accept_invitation(secret, user=user)
    with pytest.raises(Refused, match="INVITATION_USELESS"):
        accept_invitation(secret, user=charlie)
    assert [*Admission.objects.order_by("pk").values_list("user", flat=True)] == [alice.pk, bob.pk]
    assert Invitation.objects.get().uses == 2


def test_only_the_organiser_invites_and_only_into_what_is_private(
    private: Competition, olga: User, alice: User
) -> None:
    with pytest.raises(NotAllowed, match="NOT_THE_ORGANISER"):
        invite_to_competition(private, by=alice)
    edit_competition(private, by=olga, visibility="public")
    with pytest.raises(Refused, match="NOT_PRIVATE"):
        invite_to_competition(private, by=olga)


def test_who_is_shut_out_sees_and_sends_nothing(private: Competition, olga: User, alice: User) -> None:
    let_in(private, alice, olga)
    join_competition(private, user=alice)
    assert can_submit(alice, private)
    end_admission(Admission.objects.get(), by=olga)
    assert not sees(alice, private)
    assert private.title not in words(signed_in(alice).get("/account/")) + words(signed_in(alice).get("/submissions/"))
    with pytest.raises(NotAllowed, match="NOT_INVITED"):
        can_submit(alice, private)


def test_who_takes_part_already_stays_in_when_it_becomes_private(
    small: SmallBundle, olga: User, alice: User, charlie: User
) -> None:
    public = publish_competition(import_bundle(small.write(), organiser=olga), by=olga)
    join_competition(public, user=alice)
    edit_competition(public, by=olga, visibility="private")
    assert (sees(alice, public), sees(charlie, public)) == (True, False)


def test_who_was_shut_out_does_not_come_back_by_what_was_out_already(
    private: Competition, olga: User, alice: User
) -> None:
    _, old = invite_to_competition(private, by=olga)
    accept_invitation(old, user=alice)
    end_admission(Admission.objects.get(), by=olga)
    with pytest.raises(Refused, match="INVITATION_USELESS"):
        accept_invitation(old, user=alice)
    let_in(private, alice, olga)
    assert sees(alice, private)


def test_a_draft_lets_nobody_in_yet(small: SmallBundle, olga: User, alice: User) -> None:
    small.manifest["visibility"] = "private"
    draft = import_bundle(small.write(), organiser=olga)
    _, secret = invite_to_competition(draft, by=olga)
    with pytest.raises(Refused, match="INVITATION_TOO_EARLY"):
        accept_invitation(secret, user=alice)
    assert draft.summary not in words(Client().get(f"/invitations/{secret}/"))
    publish_competition(draft, by=olga)
    accept_invitation(secret, user=alice)
