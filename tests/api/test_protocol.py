"""What all endpoints keep to: entity tags, known parameters, keys of idempotency, limits that are told."""

import datetime as dt
import re
from typing import Any

import pytest
from rest_framework.test import APIClient

from bounty import clock
from bounty.actions.make_captain import make_captain
from bounty.api.idempotency import KEPT_FOR
from bounty.models import Competition, Invitation, KeptAnswer, Team, User
from tests.api.conftest import WOMEN, Post, problem

RATE = re.compile(r'"(\w+)";r=(\d+);t=(\d+)')


@pytest.mark.parametrize(
    "address", ["", "/board", "/columns", "/splits", "/versions", "/versions/0", "/teams", "/rounds"]
)
def test_an_answer_that_one_has_is_not_sent_again(team: Team, at: str, address: str) -> None:
    first = APIClient().get(at + address)
    again = APIClient().get(at + address, HTTP_IF_NONE_MATCH=f'"other", W/{first["ETag"]}')
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again["ETag"] == first["ETag"]
    assert APIClient().get(at + address, HTTP_IF_NONE_MATCH='"other"').status_code == 200


def test_asking_after_a_submission_is_cheap_until_something_happens(sent: Post, as_alice: APIClient) -> None:
    made = sent()
    tag = as_alice.get(made["url"])["ETag"]
    assert as_alice.get(made["url"], HTTP_IF_NONE_MATCH=tag).status_code == 304
    as_alice.post(made["links"]["cancel"])
    assert as_alice.get(made["url"], HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_a_parameter_that_an_address_does_not_know_is_refused(team: Team, as_alice: APIClient, at: str) -> None:
    body = problem(as_alice.get(f"{at}/submissions?statuses=scored"), 422, "UNKNOWN_PARAMETER")
    assert body["field"] == "statuses"
    assert "status" in body["detail"]
    problem(as_alice.get(f"{at}?status=open"), 422, "UNKNOWN_PARAMETER")
    for limit in ("0", "-1", "1e9", "", "٣"):
        problem(as_alice.get(f"{at}/submissions?limit={limit}"), 400, "MALFORMED_REQUEST")
    assert as_alice.get(f"{at}/submissions?status=scored&status=merged&limit=3").status_code == 200


def test_an_edit_of_what_has_changed_meanwhile_is_refused(team: Team, as_alice: APIClient, at: str) -> None:
    tag = as_alice.get(f"{at}/team")["ETag"]
    renamed = as_alice.patch(f"{at}/team", {"name": "First"}, format="json", HTTP_IF_MATCH=tag)
    assert renamed.json()["name"] == "First"
    late = as_alice.patch(f"{at}/team", {"name": "Second"}, format="json", HTTP_IF_MATCH=tag)
    problem(late, 412, "CHANGED_MEANWHILE")
    tag = as_alice.get(f"{at}/team")["ETag"]
    assert as_alice.patch(f"{at}/team", {"name": "Second"}, format="json", HTTP_IF_MATCH=tag).status_code == 200
    assert as_alice.patch(f"{at}/team", {"name": "Third"}, format="json").status_code == 200


def test_a_repeated_key_gives_the_first_answer_and_acts_once(team: Team, as_alice: APIClient, at: str) -> None:
    first, again = (
        as_alice.post(f"{at}/team/invitations", {}, format="json", HTTP_IDEMPOTENCY_KEY="one") for _ in range(2)
    )
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
    assert "Idempotent-Replayed" not in first
    assert again.json() == first.json() | {"secret": None, "link": None}
    assert Invitation.objects.count() == 1
    as_alice.post(f"{at}/team/invitations", {}, format="json", HTTP_IDEMPOTENCY_KEY="two")
    assert Invitation.objects.count() == 2


def test_no_secret_is_kept_for_an_answer_to_give_again(team: Team, as_alice: APIClient, at: str) -> None:
    made = as_alice.post(f"{at}/team/invitations", {}, format="json", HTTP_IDEMPOTENCY_KEY="one").json()
    assert made["secret"] in made["link"]
    assert made["secret"] not in str(KeptAnswer.objects.values_list())


def test_a_key_does_not_stand_for_two_requests_nor_for_one_that_was_refused(
    team: Team, rivals: Team, as_alice: APIClient, at: str
) -> None:
    asked = {"format": "json", "HTTP_IDEMPOTENCY_KEY": "one"}
    problem(as_alice.post(f"{at}/team/offers", {"to": "Nobody"}, **asked), 409, "NO_SUCH_TEAM")
    assert as_alice.post(f"{at}/team/offers", {"to": rivals.name}, **asked).status_code == 201
    problem(as_alice.post(f"{at}/team/offers", {"to": "Nobody"}, **asked), 409, "IDEMPOTENCY_MISMATCH")


def test_a_key_is_its_senders_own(team: Team, rivals: Team, as_alice: APIClient, as_bot: APIClient, at: str) -> None:
    asked = {"format": "json", "HTTP_IDEMPOTENCY_KEY": "one"}
    first, others = (client.post(f"{at}/team/invitations", {}, **asked) for client in (as_alice, as_bot))
    assert first.json()["id"] != others.json()["id"]


def test_an_answer_is_given_again_only_to_whom_it_is_still_for(
    team: Team, rivals: Team, as_alice: APIClient, as_bob: APIClient, alice: User, bob: User, at: str
) -> None:
    asked = {"format": "json", "HTTP_IDEMPOTENCY_KEY": "one"}
    acts = [
        (f"{at}/team/invitations", {"email": "someone@example.org"}),
        (f"{at}/team/offers", {"to": rivals.name}),
        (f"{at}/programs", {"name": "hunter"}),
        (f"{at}/webhooks", {"url": "https://hooks.example.org/", "events": ["round.opened"]}),
    ]
    keyed = [(address, body, asked | {"HTTP_IDEMPOTENCY_KEY": address}) for address, body in acts]
    for address, body, how in keyed:
        assert as_alice.post(address, body, **how).status_code == 201
        assert as_alice.post(address, body, **how)["Idempotent-Replayed"] == "true"
    make_captain(team, user=bob, by=alice)
    for address, body, how in keyed:
        problem(as_alice.post(address, body, **how), 403, "NOT_THE_CAPTAIN")


def test_an_answer_of_a_competition_that_shut_one_out_is_not_given_again(
    competition: Competition, as_charlie: APIClient, at: str
) -> None:
    asked = {"format": "json", "HTTP_IDEMPOTENCY_KEY": "one"}
    body = {"rules_version": competition.rules_version, "team_name": "Charlie"}
    assert as_charlie.post(f"{at}/join", body, **asked).status_code == 201
    Competition.objects.update(visibility="private")
    problem(as_charlie.post(f"{at}/join", body, **asked), 404, "NOT_FOUND")


def test_a_key_that_has_expired_is_as_if_it_had_never_been_seen(team: Team, as_alice: APIClient, at: str) -> None:
    asked = {"format": "json", "HTTP_IDEMPOTENCY_KEY": "one"}
    first = as_alice.post(f"{at}/team/invitations", {}, **asked).json()
    KeptAnswer.objects.update(at=clock.now() - KEPT_FOR - dt.timedelta(minutes=1))
    again = as_alice.post(f"{at}/team/invitations", {}, **asked)
    assert "Idempotent-Replayed" not in again
    assert again.json()["id"] != first["id"]
    assert as_alice.post(f"{at}/team/invitations", {}, **asked)["Idempotent-Replayed"] == "true"


def test_answers_say_how_far_off_a_limit_is(team: Team, as_alice: APIClient, at: str) -> None:
    Competition.objects.update(submissions_per_day=2)
    left = []
    for _ in range(3):
        answer = as_alice.post(f"{at}/submissions", WOMEN, format="json")
        assert answer["RateLimit-Policy"] == '"submissions";q=2;w=86400'
        left.append((answer.status_code, _left(answer)))
    assert left == [(201, 1), (201, 0), (429, 0)]
    assert int(answer["Retry-After"]) > 0


def test_a_throttle_says_it_too(competition: Competition, at: str) -> None:
    left = [_left(APIClient().post(f"{at}/preview", WOMEN, format="json")) for _ in range(2)]
    assert left == [119, 118]


def _left(answer: Any) -> int:
    found = RATE.fullmatch(answer["RateLimit"])
    assert found
    assert int(found[3]) > 0
    return int(found[2])
