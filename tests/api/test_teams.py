"""A team through the API: who is in it, who comes in, who leads it, and two that become one."""

import pytest
from rest_framework.test import APIClient

from bounty.models import Membership, Team
from tests.api.conftest import problem


@pytest.fixture
def secret(team: Team, as_alice: APIClient, at: str) -> str:
    made = as_alice.post(f"{at}/team/invitations", {}, format="json")
    assert made.status_code == 201, made.content
    return str(made.json()["secret"])


def test_everyone_sees_the_teams_and_only_its_members_what_is_in_one(
    team: Team, rivals: Team, secret: str, as_alice: APIClient, as_charlie: APIClient, at: str
) -> None:
    listed = APIClient().get(f"{at}/teams").json()["results"]
    assert {(row["name"], *row["members"]) for row in listed} == {("Alice's", "alice"), ("The bot's", "bot")}
    own = as_alice.get(f"{at}/team").json()
    assert [(one["username"], one["role"]) for one in own["members"]] == [("alice", "captain")]
    assert len(own["invitations"]) == 1
    assert secret not in str(own)
    problem(as_charlie.get(f"{at}/team"), 403, "NOT_YOUR_TEAM")


def test_who_knows_the_secret_comes_in_with_the_rules(secret: str, as_charlie: APIClient, at: str) -> None:
    without = as_charlie.post("/api/v1/invitations/accept", {"secret": secret}, format="json")
    problem(without, 409, "RULES_CHANGED")
    asked = {"secret": secret, "rules_version": 1}
    assert as_charlie.post("/api/v1/invitations/accept", asked, format="json").json() == {
        "competition": "lending",
        "team": "Alice's",
    }
    members = as_charlie.get(f"{at}/team").json()["members"]
    assert [one["username"] for one in members] == ["alice", "charlie"]


def test_a_revoked_invitation_opens_nothing(secret: str, as_alice: APIClient, as_charlie: APIClient, at: str) -> None:
    pk = as_alice.get(f"{at}/team").json()["invitations"][0]["id"]
    assert as_alice.delete(f"{at}/team/invitations/{pk}").status_code == 204
    asked = {"secret": secret, "rules_version": 1}
    problem(as_charlie.post("/api/v1/invitations/accept", asked, format="json"), 409, "INVITATION_USELESS")


def test_a_captain_hands_over_and_takes_out_and_a_member_does_neither(
    team: Team, as_bob: APIClient, as_alice: APIClient, at: str
) -> None:
    places = {place.user.username: place.pk for place in Membership.objects.filter(team=team)}
    problem(as_bob.delete(f"{at}/team/members/{places['alice']}"), 403, "NOT_THE_CAPTAIN")
    problem(as_bob.post(f"{at}/team/members/{places['bob']}/captain"), 403, "NOT_THE_CAPTAIN")
    handed = as_alice.post(f"{at}/team/members/{places['bob']}/captain").json()
    assert {(one["username"], one["role"]) for one in handed["members"]} == {("alice", "member"), ("bob", "captain")}
    assert as_bob.delete(f"{at}/team/members/{places['alice']}").status_code == 204
    problem(as_alice.get(f"{at}/team"), 403, "NOT_YOUR_TEAM")
    assert as_bob.post(f"{at}/team/leave").status_code == 204
    assert not Team.objects.filter(pk=team.pk).exists()  # it had sent nothing


def test_two_teams_become_one(team: Team, rivals: Team, as_alice: APIClient, as_bot: APIClient, at: str) -> None:
    offer = as_bot.post(f"{at}/team/offers", {"to": team.name}, format="json").json()
    assert (offer["offering"], offer["asked"], offer["state"]) == (rivals.name, team.name, "open")
    problem(as_bot.post(f"{at}/team/offers/{offer['id']}/accept"), 404, "NOT_FOUND")
    received = as_alice.get(f"{at}/team").json()["offers_received"]
    assert [one["id"] for one in received] == [offer["id"]]
    merged = as_alice.post(f"{at}/team/offers/{offer['id']}/accept").json()
    assert (merged["name"], merged["members"]) == (team.name, ["alice", "bot"])
    problem(as_alice.post(f"{at}/team/offers/{offer['id']}/decline"), 409, "OFFER_ANSWERED")


def test_an_offer_is_taken_back_or_turned_down(
    team: Team, rivals: Team, as_alice: APIClient, as_bot: APIClient, at: str
) -> None:
    for client, verb, state in ((as_bot, "withdraw", "withdrawn"), (as_alice, "decline", "declined")):
        offer = as_bot.post(f"{at}/team/offers", {"to": team.name}, format="json").json()
        assert client.post(f"{at}/team/offers/{offer['id']}/{verb}").json()["state"] == state
