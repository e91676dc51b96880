"""Deleting an account: nothing of the person stays, and the board does."""

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.test import Client

from bounty import audit, clock
from bounty.actions.accept_invitation import accept_invitation
from bounty.actions.delete_account import delete_account
from bounty.actions.edit_profile import edit_profile
from bounty.actions.import_bundle import import_bundle
from bounty.actions.invite import invite_to_team
from bounty.actions.issue_token import issue_token
from bounty.actions.join_competition import join_competition
from bounty.actions.leave_team import leave_team
from bounty.actions.publish_competition import publish_competition
from bounty.errors import Refused
from bounty.models import ApiToken, AuditEvent, Competition, Invitation, RulesAcceptance, Team, User
from tests.bounty.bundles import SmallBundle
from tests.conftest import PASSWORD
from tests.pages import words


@pytest.fixture
def opened(small: SmallBundle, olga: User) -> Competition:
    return publish_competition(import_bundle(small.folder, organiser=olga), by=olga)


@pytest.fixture
def theirs(opened: Competition, alice: User, bob: User) -> Team:
    """Alice's and Bob's, which has sent something."""
    team = join_competition(opened, user=alice)
    accept_invitation(invite_to_team(team, by=alice)[1], user=bob, rules_version=1)
    Team.objects.update(first_sent_at=clock.now())
    return team


def everything_stored() -> str:
    """All rows of our own, of accounts and of the admin's log, as text."""
    models = [User, Team, RulesAcceptance, AuditEvent, Invitation, ApiToken, EmailAddress, UserSession, LogEntry]
    return "".join(serializers.serialize("json", model._default_manager.all()) for model in models)


def test_nothing_of_the_person_stays(theirs: Team, alice: User, olga: User) -> None:
    edit_profile(alice, first_name="Alice", last_name="Liddell", affiliation="Christ Church", about="Curious.")
    issue_token(alice, name="rabbit hole", scopes=["read"])
    Client().post("/login/", {"login": "alice", "password": PASSWORD})
    invite_to_team(theirs, by=alice, email="alice@example.org")
    about = {"content_type": ContentType.objects.get_for_model(User), "object_id": alice.pk, "object_repr": "alice"}
    LogEntry.objects.create(user=olga, action_flag=2, **about)
    traces = ("alice", "Alice", "Liddell", "Christ Church", "Curious", "rabbit hole")
    assert all(trace in everything_stored() for trace in traces)
    delete_account(alice)
    assert [trace for trace in traces if trace in everything_stored()] == []


def test_the_account_opens_nothing_any_more(theirs: Team, alice: User) -> None:
    browser = Client()
    browser.post("/login/", {"login": "alice", "password": PASSWORD})
    _, token = issue_token(alice, name="laptop", scopes=["read"])
    shown = {"Authorization": f"Bearer {token}"}
    assert browser.get("/account/").status_code == 200
    assert Client().get("/api/v1/tokens", headers=shown).status_code == 200
    delete_account(alice)
    assert browser.get("/account/").status_code == 302
    assert Client().get("/api/v1/tokens", headers=shown).status_code == 401
    assert Client().get("/people/alice/").status_code == 404


def test_teammates_go_on(theirs: Team, alice: User, bob: User) -> None:
    delete_account(alice)
    assert [(m.user, m.role) for m in theirs.present()] == [(bob, "captain")]
    theirs.refresh_from_db()
    assert theirs.name == f"Anonymous team {theirs.pk}"  # it bore her name; bob may give it another


def test_the_last_member_s_team_keeps_its_place_under_no_name(theirs: Team, alice: User, bob: User) -> None:
    for user in (alice, bob):
        delete_account(user)
    theirs.refresh_from_db()
    assert (theirs.name, theirs.present().count()) == (f"Anonymous team {theirs.pk}", 0)
    assert RulesAcceptance.objects.filter(competition=theirs.competition).count() == 2
    assert audit.first_break() is None
    assert AuditEvent.objects.filter(verb="delete_account").count() == 2


def test_who_still_organises_stays_until_it_is_closed(opened: Competition, olga: User) -> None:
    with pytest.raises(Refused, match="STILL_ORGANISES"):
        delete_account(olga)
    Competition.objects.update(state=Competition.State.CLOSED)
    delete_account(olga)
    assert not User.objects.filter(username="olga").exists()
    assert Competition.objects.get().organiser.username.startswith("deleted-")


def test_the_only_administrator_stays(db: None) -> None:
    root = User.objects.create_superuser("root")
    with pytest.raises(Refused, match="LAST_ADMINISTRATOR"):
        delete_account(root)
    User.objects.create_superuser("another")
    delete_account(root)
    assert not root.is_superuser


def test_the_page_asks_for_the_password_and_the_name(alice: User) -> None:
    browser = Client()
    browser.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    asked = browser.get("/account/delete/")
    assert asked["Location"].startswith("/account/it-is-me/")
    browser.post("/account/it-is-me/", {"password": PASSWORD, "next": "/account/delete/"})
    wrong = browser.post("/account/delete/", {"username": "bob"})
    assert "This is not your username" in words(wrong)
    assert User.objects.filter(username="alice").exists()
    gone = browser.post("/account/delete/", {"username": "alice"}, follow=True)
    assert "Your account is deleted" in words(gone)
    assert not User.objects.filter(username="alice").exists()


def test_a_profile_is_read_by_everyone_and_changed_by_its_owner(alice: User, client: Client) -> None:
    client.force_login(alice)
    given = {
        "first_name": "Alice",
        "affiliation": "Christ Church",
        "about": "<b>Curious</b>",
        "homepage": "https://a.example/",
    }
    client.post("/account/profile/", given)
    page = Client().get("/people/alice/")
    assert "Christ Church" in words(page)
    assert "<b>Curious" not in page.content.decode()
    refused = client.post("/account/profile/", given | {"homepage": "javascript:alert(1)"})
    assert refused.status_code == 422
    assert AuditEvent.objects.get(verb="edit_profile").data["fields"] == [*given]


def test_the_close_report_bears_no_deleted_name(opened: Competition, alice: User) -> None:
    team = join_competition(opened, user=alice)
    Team.objects.update(first_sent_at=clock.now())
    report = {"certificates": [{"team": "alice"}], "rewards": {"teams": [{"team": "alice"}]}}
    Competition.objects.update(close_report=report, state=Competition.State.CLOSED)
    delete_account(alice)
    stored = Competition.objects.get().close_report
    gone = f"Anonymous team {team.pk}"
    assert stored == {"certificates": [{"team": gone}], "rewards": {"teams": [{"team": gone}]}}


def test_a_team_that_they_founded_and_left_bears_their_name_no_longer(
    opened: Competition, alice: User, bob: User
) -> None:
    team = join_competition(opened, user=alice)
    accept_invitation(invite_to_team(team, by=alice)[1], user=bob, rules_version=1)
    leave_team(team, user=alice)
    delete_account(alice)
    team.refresh_from_db()
    assert team.name == f"Anonymous team {team.pk}"


def test_invitations_to_their_other_addresses_forget_them(opened: Competition, alice: User, bob: User) -> None:
    team = join_competition(opened, user=alice)
    for address in ("Bob@Example.org", "b.private@home.example"):
        _, secret = invite_to_team(team, by=alice, email=address)
    accept_invitation(secret, user=bob, rules_version=1)
    delete_account(bob)
    assert {*Invitation.objects.values_list("email", flat=True)} == {""}


def test_a_draft_keeps_nobody(small: SmallBundle, olga: User) -> None:
    import_bundle(small.folder, organiser=olga)
    delete_account(olga)
    assert not User.objects.filter(username="olga").exists()
