"""Programs: accounts without a password that send for the team whose captain made them."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from bounty import clock
from bounty.actions.accept_invitation import accept_invitation
from bounty.actions.deactivate_account import deactivate_account
from bounty.actions.import_bundle import import_bundle
from bounty.actions.invite import invite_to_competition
from bounty.actions.join_competition import join_competition
from bounty.actions.keep_program import MOST, add_program, end_program, issue_program_token
from bounty.actions.leave_team import leave_team
from bounty.actions.make_captain import make_captain
from bounty.actions.publish_competition import publish_competition
from bounty.actions.revoke_token import revoke_token
from bounty.errors import Invalid, LimitReached, NotAllowed, Refused
from bounty.models import Admission, Competition, Membership, Team, User
from bounty.policies import has_accepted_rules
from submissions.models import Submission
from submissions.quota import quota
from tests.bounty.bundles import SmallBundle

pytestmark = pytest.mark.django_db
GROUP = {"predicate": "sex == 'Female'"}


@pytest.fixture
def program(team: Team, alice: User) -> User:
    return add_program(team, name="wonderland-bot", by=alice)


@pytest.fixture
def as_program(program: User, alice: User) -> APIClient:
    _, token = issue_program_token(program, by=alice, name="nightly")
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {token}")


@pytest.fixture
def member(team: Team, bob: User) -> User:
    Membership.objects.create(team=team, user=bob, competition=team.competition, role=Membership.Role.MEMBER)
    return bob


def address(competition: Competition) -> str:
    return f"/api/v1/competitions/{competition.slug}"


def test_sends_for_its_team_and_counts_to_its_quota(as_program: APIClient, program: User, team: Team) -> None:
    before = quota(team).used
    answer = as_program.post(f"{address(team.competition)}/submissions", GROUP, format="json")
    assert answer.status_code == 201, answer.content
    submission = Submission.objects.get()
    assert (submission.team, submission.sent_by, quota(team).used) == (team, program, before + 1)
    assert as_program.get(f"/api/v1/submissions/{submission.pk}").status_code == 200


def test_nobody_signs_in_as_one(program: User, client: Client) -> None:
    assert not program.has_usable_password()
    for password in ("", "!", program.password):
        assert not client.login(username=program.username, password=password)
    made = APIClient().post("/api/v1/tokens", {"username": program.username, "password": program.password})
    assert made.status_code == 401


def test_takes_no_persons_place_and_leads_nobody(program: User, team: Team, alice: User, member: User) -> None:
    assert [place.user for place in team.present()] == [alice, member]
    with pytest.raises(Refused, match="NOT_IN_THE_TEAM"):
        make_captain(team, user=program, by=alice)
    leave_team(team, user=alice)
    captain = team.memberships.get(role=Membership.Role.CAPTAIN)
    assert captain.user == member


def test_is_held_to_the_rules_that_the_captain_has_accepted(as_program: APIClient, team: Team) -> None:
    Competition.objects.update(rules_version=2)
    answer = as_program.post(f"{address(team.competition)}/submissions", GROUP, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "RULES_NOT_ACCEPTED")


def test_sees_of_a_private_competition_what_its_captain_sees(as_program: APIClient, team: Team, alice: User) -> None:
    Competition.objects.update(visibility="private")
    assert as_program.get(address(team.competition)).status_code == 404
    entry = Admission.objects.create(competition=team.competition, user=alice)
    assert as_program.get(address(team.competition)).status_code == 200
    entry.delete()
    assert as_program.get(address(team.competition)).status_code == 404


def test_is_in_no_other_competition_of_its_captains(
    as_program: APIClient, program: User, team: Team, alice: User, small: SmallBundle, olga: User
) -> None:
    other = publish_competition(import_bundle(small.folder, organiser=olga), by=olga)
    join_competition(other, user=alice, team_name="Looking-glass")
    assert has_accepted_rules(alice, other)
    assert not has_accepted_rules(program, other)
    Admission.objects.create(competition=other, user=alice)
    Competition.objects.update(visibility="private")
    assert as_program.get(address(other)).status_code == 404
    Admission.objects.create(competition=team.competition, user=alice)
    assert as_program.get(address(team.competition)).status_code == 200
    assert as_program.get(address(other)).status_code == 404


def test_joins_no_team_of_its_own(program: User, competition: Competition, rivals: Team) -> None:
    with pytest.raises(NotAllowed, match="A_PROGRAM"):
        join_competition(competition, user=program, team_name="Its own")


def test_ends_with_its_tokens_and_leaves_what_it_sent(
    as_program: APIClient, program: User, team: Team, alice: User
) -> None:
    as_program.post(f"{address(team.competition)}/submissions", GROUP, format="json")
    end_program(program, by=alice)
    assert as_program.get(address(team.competition)).status_code == 401
    assert Submission.objects.get().team == team
    with pytest.raises(Refused, match="NO_PROGRAM"):
        issue_program_token(program, by=alice, name="again")


def test_ends_with_its_team(as_program: APIClient, program: User, team: Team, alice: User) -> None:
    leave_team(team, user=alice)
    assert not Team.objects.filter(pk=team.pk).exists()
    program.refresh_from_db()
    assert not program.is_active
    assert as_program.get(address(team.competition)).status_code == 401


@pytest.mark.parametrize("has_sent", [False, True])
def test_ends_where_it_leaves(as_program: APIClient, program: User, team: Team, has_sent: bool) -> None:
    Team.objects.update(first_sent_at=clock.now() if has_sent else None)
    assert as_program.post(f"{address(team.competition)}/team/leave").status_code == 204
    assert as_program.get(address(team.competition)).status_code == 401
    program.refresh_from_db()
    assert not program.is_active
    assert not program.api_tokens.filter(revoked_at=None).exists()


def test_is_not_let_into_a_private_competition(program: User, olga: User, team: Team) -> None:
    Competition.objects.update(visibility="private")
    team.competition.refresh_from_db()
    _, secret = invite_to_competition(team.competition, by=olga)
    with pytest.raises(NotAllowed, match="A_PROGRAM"):
        accept_invitation(secret, user=program)
    assert not Admission.objects.exists()


def test_does_not_outlive_the_last_who_can_act_for_its_team(
    as_program: APIClient, team: Team, alice: User, member: User, olga: User
) -> None:
    User.objects.filter(pk=olga.pk).update(is_staff=True, is_superuser=True)
    olga.refresh_from_db()
    deactivate_account(member, by=olga)
    assert as_program.get(address(team.competition)).status_code == 200
    deactivate_account(alice, by=olga)
    assert as_program.get(address(team.competition)).status_code == 401


def test_is_its_captains_alone(program: User, team: Team, alice: User, member: User, charlie: User) -> None:
    token, _ = issue_program_token(program, by=alice, name="nightly")
    for other in (member, charlie):
        with pytest.raises(NotAllowed, match="NOT_THE_CAPTAIN"):
            add_program(team, name="another", by=other)
        with pytest.raises(NotAllowed, match="NOT_THE_CAPTAIN"):
            issue_program_token(program, by=other, name="another")
        with pytest.raises(NotAllowed, match="NOT_THE_CAPTAIN"):
            end_program(program, by=other)
        with pytest.raises(NotAllowed, match="NOT_YOUR_TOKEN"):
            revoke_token(token, by=other)
    assert revoke_token(token, by=alice).revoked_at is not None


def test_its_tokens_organise_nothing(program: User, alice: User) -> None:
    with pytest.raises(Invalid, match="UNKNOWN_SCOPE"):
        issue_program_token(program, by=alice, name="nightly", scopes=["organise"])


@pytest.mark.parametrize("name", ["", "x", "two words", "y" * 41, "<b>"])
def test_has_a_name_that_an_account_may_have(name: str, team: Team, alice: User) -> None:
    with pytest.raises(Invalid, match="PROGRAM_NAME"):
        add_program(team, name=name, by=alice)


def test_has_a_name_of_its_own_and_not_too_many_like_it(team: Team, alice: User, charlie: User) -> None:
    with pytest.raises(Refused, match="PROGRAM_NAME_TAKEN"):
        add_program(team, name="CHARLIE", by=alice)
    for i in range(MOST):
        add_program(team, name=f"bot-{i}", by=alice)
    with pytest.raises(LimitReached, match="TOO_MANY_PROGRAMS"):
        add_program(team, name="one-more", by=alice)


def test_has_its_place_on_the_teams_page(client: Client, team: Team, alice: User, member: User) -> None:
    client.force_login(alice)
    at = f"/competitions/{team.competition.slug}/team/"
    client.post(f"{at}programs/", {"name": "wonderland-bot"})
    program = User.objects.get(username="wonderland-bot")
    shown = client.post(f"{at}programs/{program.pk}/token/").content.decode()
    token = program.api_tokens.get()
    assert token.hint in shown
    page = client.get(at).content.decode()
    assert "wonderland-bot" in page
    assert token.hint in page
    assert client.post(f"/tokens/{token.pk}/revoke/")["Location"].endswith("/team/")
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert "wonderland-bot" in client.get(f"{at}programs/{program.pk}/end/").content.decode()
    client.post(f"{at}programs/{program.pk}/end/")
    assert "wonderland-bot has ended" in client.get(at).content.decode()
    assert "wonderland-bot" not in client.get(at).content.decode()


def test_is_made_over_the_api(team: Team, alice: User, member: User) -> None:
    as_alice, as_bob = APIClient(), APIClient()
    as_alice.force_authenticate(alice)
    as_bob.force_authenticate(member)
    made: Any = as_alice.post(f"{address(team.competition)}/programs", {"name": "wonderland-bot"}, format="json")
    assert made.status_code == 201, made.content
    at = f"/api/v1/programs/{made.json()['id']}"
    assert as_alice.get(at).json() == as_alice.get(f"{address(team.competition)}/programs").json()["results"][0]
    token = as_alice.post(f"{at}/tokens", {"name": "nightly"}, format="json").json()
    assert token["scopes"] == ["read", "submit"]
    shown = APIClient(HTTP_AUTHORIZATION=f"Bearer {token['token']}")
    [listed] = as_alice.get(f"{at}/tokens").json()["results"]
    assert listed == {key: value for key, value in token.items() if key != "token"}
    assert shown.get(f"{address(team.competition)}/quota").status_code == 200
    assert as_bob.get(at).status_code == 404
    assert as_alice.delete(at).status_code == 204
    assert shown.get(f"{address(team.competition)}/quota").status_code == 401
