"""Rounds, the board and the close, from the organiser's side and from everybody's."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from bounty.models import Competition, Team
from submissions.actions.certify import certify
from submissions.actions.rescore import rescore
from submissions.actions.settle import settle
from submissions.models import Merge, Round, Settlement
from tests.api.conftest import WOMEN, Post, problem


@pytest.fixture
def held(judged: Post, as_olga: APIClient, at: str) -> dict[str, Any]:
    """A finished round over one submission of Alice's, opened through the API."""
    judged()
    opened = as_olga.post(f"{at}/rounds")
    assert opened.status_code == 201, opened.content
    certify(Round.objects.get().pk)
    for merge in Merge.objects.all():
        rescore(merge.pk)
    body: dict[str, Any] = as_olga.get(f"{at}/rounds").json()["results"][0]
    return body


def test_a_round_opens_with_its_candidates_in_a_fixed_order(judged: Post, as_olga: APIClient, at: str) -> None:
    made = judged()
    body = as_olga.post(f"{at}/rounds").json()
    assert (body["number"], body["state"]) == (1, "certifying")
    assert [(row["position"], row["submission"], row["passed"]) for row in body["candidates"]] == [
        (1, made["id"], None)
    ]


def test_only_the_organiser_opens_and_closes(judged: Post, as_alice: APIClient, as_olga: APIClient, at: str) -> None:
    judged()
    for path in ("rounds", "close"):
        problem(as_alice.post(f"{at}/{path}"), 403, "NOT_THE_ORGANISER")
    assert Competition.objects.get().state == "open"
    assert as_olga.post(f"{at}/rounds").status_code == 201


def test_a_round_without_candidates_is_refused(competition: Competition, as_olga: APIClient, at: str) -> None:
    problem(as_olga.post(f"{at}/rounds"), 409, "NO_CANDIDATES")
    assert not Round.objects.exists()


def test_every_sealed_test_is_shown_with_its_level_and_its_cost(held: dict[str, Any], at: str) -> None:
    test = APIClient().get(f"{at}/rounds").json()["results"][0]["candidates"][0]
    ledger = APIClient().get(at).json()["ledger"]
    assert test["t"] == ledger["tests"] == 1
    assert test["spent_after"] == ledger["spent"] > test["spent_before"] == 0
    assert 0 < ledger["next_level"] < test["level"] < ledger["delta"]


def test_a_group_in_a_round_is_named_only_once_it_is_in_the_model(held: dict[str, Any], judged: Post, at: str) -> None:
    assert held["candidates"][0]["passed"]
    assert held["candidates"][0]["group"] == WOMEN["predicate"]
    Round.objects.get().candidates.update(passed=False)
    assert APIClient().get(f"{at}/rounds").json()["results"][0]["candidates"][0]["group"] is None


def test_rounds_take_as_many_queries_whatever_their_number(
    held: dict[str, Any], at: str, competition: Competition, django_assert_num_queries: Any
) -> None:
    for more in (0, 2):
        for _ in range(more):
            Round.objects.create(competition=competition, number=Round.objects.count() + 1, state="finished")
        with django_assert_num_queries(6):  # competition, rounds, candidates, submissions, teams, versions
            APIClient().get(f"{at}/rounds")


def test_a_certified_submission_shows_its_certificate_and_its_merge(
    held: dict[str, Any], as_alice: APIClient, at: str
) -> None:
    body = as_alice.get(f"/api/v1/submissions/{held['candidates'][0]['submission']}").json()
    assert body["status"] == "merged"
    assert (body["merge"]["before"], body["merge"]["after"]) == (0, 1)
    assert body["certificate"]["sealed"] is None
    assert body["certificate"]["body"]["test"]["level"] == held["candidates"][0]["level"]
    assert [verdict["version"] for verdict in body["verdicts"]] == [1, 0]
    nodes = APIClient().get(f"{at}/versions/1").json()["nodes"]
    assert nodes[0] == {"kind": "leaf", "group": body["id"], "patch": body["id"]}


def test_the_board_is_public_and_counts_what_is_certified(held: dict[str, Any], rivals: Team, at: str) -> None:
    body = APIClient().get(f"{at}/board").json()
    assert body["version"] == 1
    row = body["standings"][0]
    assert (row["rank"], row["team"], row["certified"], row["sent"]) == (1, "Alice's", 1, 1)
    assert row["marginal_reward"] is None


def test_the_boards_queries_do_not_grow(sent: Post, rivals: Team, at: str, django_assert_num_queries: Any) -> None:
    for _ in range(2):
        with django_assert_num_queries(7):
            APIClient().get(f"{at}/board")
        sent()


def test_the_close_shows_sealed_numbers_and_not_before(held: dict[str, Any], as_olga: APIClient, at: str) -> None:
    assert APIClient().get(at).json()["close_report"] is None
    assert as_olga.post(f"{at}/close").status_code == 202
    settle(Settlement.objects.get().pk)
    report = APIClient().get(at).json()["close_report"]
    assert [row["number"] for row in report["versions"]] == [0, 1]
    assert APIClient().get(f"{at}/board").json()["standings"][0]["marginal_reward"] is not None
    problem(as_olga.post(f"{at}/close"), 409, "NOT_OPEN")


def test_a_preview_tells_a_groups_public_error_to_anyone(competition: Competition, at: str) -> None:
    body = APIClient().post(f"{at}/preview", {"predicate": WOMEN["predicate"]}, format="json").json()
    assert body["text"] == WOMEN["predicate"]
    assert 0 < body["rows"] < body["n"]
    assert 0 < body["loss"]["low"] < body["loss"]["estimate"] < body["loss"]["high"] < 1
    problem(APIClient().post(f"{at}/preview", {"predicate": "sex ="}, format="json"), 422, "PREDICATE_SYNTAX")


def test_a_preview_of_an_empty_group_has_no_loss(competition: Competition, at: str) -> None:
    body = APIClient().post(f"{at}/preview", {"predicate": "sex = 'nobody'"}, format="json").json()
    assert (body["rows"], body["loss"]["estimate"]) == (0, None)


def test_previews_without_an_account_are_bounded(
    competition: Competition, at: str, as_alice: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("submissions.api.preview.PreviewThrottle.rate", "1/min")
    asked = {"predicate": WOMEN["predicate"]}
    assert APIClient().post(f"{at}/preview", asked, format="json").status_code == 200
    problem(APIClient().post(f"{at}/preview", asked, format="json"), 429, "TOO_MANY_REQUESTS")
    assert as_alice.post(f"{at}/preview", asked, format="json").status_code == 200


def test_a_quota_is_a_teams(as_alice: APIClient, as_charlie: APIClient, sent: Post, at: str) -> None:
    sent()
    body = as_alice.get(f"{at}/quota").json()
    assert (body["used"], body["left"], body["in_flight"]) == (1, body["limit"] - 1, 1)
    problem(as_charlie.get(f"{at}/quota"), 409, "RULES_NOT_ACCEPTED")
