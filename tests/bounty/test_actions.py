"""Publishing, joining, editing, tokens: who may, when, and what is recorded."""

import datetime as dt
import hashlib

import pytest

from bounty import clock
from bounty.actions.edit_competition import edit_competition
from bounty.actions.import_bundle import import_bundle
from bounty.actions.issue_token import issue_token
from bounty.actions.join_competition import join_competition
from bounty.actions.publish_competition import publish_competition
from bounty.actions.revoke_token import revoke_token
from bounty.errors import BountyError, Invalid, NotAllowed, Refused
from bounty.models import AuditEvent, Competition, RulesAcceptance, Team, User
from bounty.policies import can_organise, can_submit, team_of
from tests.bounty.bundles import SmallBundle


@pytest.fixture
def draft(small: SmallBundle, olga: User) -> Competition:
    return import_bundle(small.folder, organiser=olga)


@pytest.fixture
def opened(draft: Competition, olga: User) -> Competition:
    publish_competition(draft, by=olga)
    return draft


def _code(raised: "pytest.ExceptionInfo[BountyError]") -> str:
    return raised.value.code


def test_the_organiser_publishes_a_draft(draft: Competition, olga: User) -> None:
    assert not draft.is_open
    publish_competition(draft, by=olga)
    assert (draft.state, draft.is_open) == ("open", True)


def test_nobody_else_publishes_it(draft: Competition, olga: User, charlie: User) -> None:
    with pytest.raises(NotAllowed):
        publish_competition(draft, by=charlie)
    draft.refresh_from_db()
    assert draft.state == "draft"
    publish_competition(draft, by=olga)


def test_a_competition_is_published_once(opened: Competition, olga: User) -> None:
    with pytest.raises(Refused) as refused:
        publish_competition(opened, by=olga)
    assert _code(refused) == "NOT_A_DRAFT"


def test_refuses_to_publish_what_has_closed_already(draft: Competition, olga: User) -> None:
    Competition.objects.filter(pk=draft.pk).update(closes_at=clock.now() - dt.timedelta(days=1))
    with pytest.raises(Refused) as refused:
        publish_competition(draft, by=olga)
    assert _code(refused) == "CLOSES_IN_THE_PAST"
    Competition.objects.filter(pk=draft.pk).update(closes_at=clock.now() + dt.timedelta(days=1))
    publish_competition(draft, by=olga)


def test_joining_accepts_the_rules_and_makes_a_team_of_one(opened: Competition, alice: User) -> None:
    team = join_competition(opened, user=alice, team_name="  Wonderland ")
    assert (team.name, [m.user for m in team.present()]) == ("Wonderland", [alice])
    assert can_submit(alice, opened) == team


def test_joining_twice_changes_nothing(opened: Competition, alice: User) -> None:
    first = join_competition(opened, user=alice)
    assert join_competition(opened, user=alice, team_name="Another") == first
    assert (Team.objects.count(), RulesAcceptance.objects.count()) == (1, 1)


def test_changed_rules_must_be_accepted_again(opened: Competition, alice: User, olga: User) -> None:
    team = join_competition(opened, user=alice)
    edit_competition(opened, by=olga, rules_text="Be kind.")
    with pytest.raises(Refused) as refused:
        can_submit(alice, opened)
    assert _code(refused) == "RULES_NOT_ACCEPTED"
    assert join_competition(opened, user=alice) == team
    assert can_submit(alice, opened) == team


def test_two_teams_cannot_have_one_name(opened: Competition, alice: User, bob: User) -> None:
    join_competition(opened, user=alice, team_name="Wonderland")
    with pytest.raises(Refused) as refused:
        join_competition(opened, user=bob, team_name="Wonderland")
    assert _code(refused) == "TEAM_NAME_TAKEN"
    assert not RulesAcceptance.objects.filter(user=bob).exists()
    assert join_competition(opened, user=bob, team_name="Elsewhere").name == "Elsewhere"


def test_the_organiser_does_not_compete(opened: Competition, olga: User) -> None:
    with pytest.raises(NotAllowed) as refused:
        join_competition(opened, user=olga)
    assert _code(refused) == "ORGANISER_MAY_NOT_COMPETE"


def test_a_draft_cannot_be_joined(draft: Competition, alice: User, olga: User) -> None:
    with pytest.raises(Refused) as refused:
        join_competition(draft, user=alice)
    assert _code(refused) == "COMPETITION_CLOSED"
    publish_competition(draft, by=olga)
    join_competition(draft, user=alice)


def test_only_who_joined_may_submit(opened: Competition, alice: User, charlie: User) -> None:
    team = join_competition(opened, user=alice)
    assert (team_of(alice, opened), team_of(charlie, opened)) == (team, None)
    with pytest.raises(Refused) as refused:
        can_submit(charlie, opened)
    assert _code(refused) == "RULES_NOT_ACCEPTED"


def test_nobody_submits_after_the_end(opened: Competition, alice: User) -> None:
    team = join_competition(opened, user=alice)
    assert can_submit(alice, opened) == team
    opened.closes_at = clock.now() - dt.timedelta(seconds=1)
    with pytest.raises(Refused) as refused:
        can_submit(alice, opened)
    assert _code(refused) == "COMPETITION_CLOSED"


def test_the_organiser_and_staff_organise(opened: Competition, olga: User, alice: User, charlie: User) -> None:
    assert [can_organise(user, opened) for user in (olga, alice, charlie)] == [True, False, False]
    charlie.is_staff = True
    assert can_organise(charlie, opened)
    charlie.is_active = False
    assert not can_organise(charlie, opened)


def test_editing_texts_leaves_the_version_of_the_rules(opened: Competition, olga: User) -> None:
    edit_competition(opened, by=olga, title="New", summary=opened.summary)
    assert (opened.title, opened.rules_version) == ("New", 1)
    assert AuditEvent.objects.latest("pk").data == {"fields": ["title"], "actor": olga.pk}
    edit_competition(opened, by=olga, submissions_per_day=7)
    assert (opened.submissions_per_day, opened.rules_version) == (7, 2)


@pytest.mark.parametrize("field", ["delta", "mode", "label", "state", "ledger_spent", "bundle_sha256"])
def test_what_certificates_rest_on_cannot_be_edited(opened: Competition, olga: User, field: str) -> None:
    with pytest.raises(Refused) as refused:
        edit_competition(opened, by=olga, **{field: 0})
    assert _code(refused) == "FIELD_FIXED"


def test_nobody_else_edits(opened: Competition, charlie: User) -> None:
    with pytest.raises(NotAllowed):
        edit_competition(opened, by=charlie, title="Mine")


def test_a_token_is_shown_once_and_kept_as_its_digest(alice: User) -> None:
    token, shown = issue_token(alice, name="laptop", scopes=["submit", "read"], expires_in_days=30)
    assert token.sha256 == hashlib.sha256(shown.encode()).hexdigest()
    assert token.scopes == ["read", "submit"]
    assert shown not in str(list(AuditEvent.objects.values())) + str(vars(token))
    assert token.expires_at is not None
    assert (token.expires_at - clock.now()).days in {29, 30}
    assert issue_token(alice, name="again", scopes=["read"])[1] != shown


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"scopes": ["read", "everything"]}, "UNKNOWN_SCOPE"),
        ({"scopes": []}, "UNKNOWN_SCOPE"),
        ({"name": "  "}, "NAME_MISSING"),
        ({"expires_in_days": 0}, "EXPIRY_TOO_SOON"),
    ],
)
def test_refuses_a_token_without_sense(alice: User, fault: dict[str, object], code: str) -> None:
    good = {"name": "laptop", "scopes": ["read"], "expires_in_days": 1}
    issue_token(alice, **good)  # type: ignore[arg-type]
    with pytest.raises(Invalid) as refused:
        issue_token(alice, **(good | fault))  # type: ignore[arg-type]
    assert _code(refused) == code


def test_a_token_is_revoked_by_its_owner_or_staff_only(alice: User, charlie: User) -> None:
    token, _ = issue_token(alice, name="laptop", scopes=["read"])
    with pytest.raises(NotAllowed):
        revoke_token(token, by=charlie)
    assert token.revoked_at is None
    first = revoke_token(token, by=alice).revoked_at
    assert first is not None
    assert revoke_token(token, by=alice).revoked_at == first
    assert AuditEvent.objects.filter(verb="revoke_token").count() == 1
