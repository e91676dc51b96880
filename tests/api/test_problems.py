"""Every error is one kind of document, and nothing that is sent breaks the site."""

import json
from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.test import APIClient

from bounty.api import problems
from bounty.errors import LimitReached, Refused
from bounty.models import Competition, Team
from tests.api.conftest import WOMEN, problem

TOKENS = "/api/v1/tokens"


def send(body: str | bytes, content_type: str = "application/json") -> Any:
    return APIClient().generic("POST", TOKENS, body, content_type=content_type)


@pytest.mark.django_db
def test_an_address_that_names_nothing_is_not_found() -> None:
    problem(APIClient().get("/api/v1/nothing"), 404, "NOT_FOUND")
    problem(APIClient().get("/api/v1/competitions/nothing/board"), 404, "NOT_FOUND")


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["submissions", "programs", "tokens", "webhooks", "certificates"])
def test_a_number_too_large_for_the_database_is_not_found(kind: str, as_alice: APIClient) -> None:
    for number in (2**63, 10**30):
        problem(as_alice.get(f"/api/v1/{kind}/{number}"), 404, "NOT_FOUND")


@pytest.mark.parametrize("form", ["application/xml", "text/html", "nonsense"])
def test_a_form_that_an_answer_does_not_have_is_refused(form: str, competition: Competition) -> None:
    address = f"/api/v1/competitions/{competition.slug}/board"
    problem(APIClient().get(address, HTTP_ACCEPT=form), 406, "NOT_ACCEPTABLE")
    assert APIClient().get(address, HTTP_ACCEPT=f"{form}, text/csv;q=0.5").status_code == 200


@pytest.mark.parametrize("body", ["{", "[1, 2]", "nothing", '{"username": NaN}', "[" * 100_000, b"\xff\xfe"])
def test_what_is_not_a_json_object_is_malformed(body: str) -> None:
    problem(send(body), 400, "MALFORMED_REQUEST")


def test_fields_at_fault_are_listed_with_their_codes() -> None:
    body = problem(send(json.dumps({"username": "alice", "expires_in_days": 0})), 422, "INVALID_INPUT")
    found = {(error["field"], error["code"]) for error in body["errors"]}
    assert found == {("password", "required"), ("expires_in_days", "min_value")}
    assert body["field"] in {"password", "expires_in_days"}


def test_text_that_is_no_unicode_is_refused_and_not_stored() -> None:
    body = problem(send('{"username": "\\ud800", "password": "x\\u0000"}'), 422, "INVALID_INPUT")
    assert {error["field"] for error in body["errors"]} == {"username", "password"}


def test_a_request_over_the_limit_is_refused_before_it_is_read(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    body = problem(send(json.dumps({"username": "a" * 100})), 413, "REQUEST_TOO_LARGE")
    assert body["numbers"]["limit_bytes"] == 100
    problem(send(json.dumps({"username": "a"})), 422, "INVALID_INPUT")


def test_a_method_that_an_address_does_not_have_is_refused(competition: Competition) -> None:
    problem(APIClient().delete("/api/v1/competitions"), 401, "NOT_AUTHENTICATED")


def test_a_method_that_nobody_has_is_named(as_alice: APIClient) -> None:
    body = problem(as_alice.put("/api/v1/competitions", {}, format="json"), 405, "METHOD_NOT_ALLOWED")
    assert "PUT" in body["detail"]


def test_a_body_of_an_unknown_type_is_refused() -> None:
    problem(send("<xml/>", "application/xml"), 415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_form_that_is_no_multipart_is_malformed() -> None:
    problem(send(b"--x\r\nnonsense", "multipart/form-data"), 400, "MALFORMED_REQUEST")


def test_who_is_not_known_is_asked_to_authenticate(at: str) -> None:
    response = APIClient().post(f"{at}/submissions", WOMEN, format="json")
    problem(response, 401, "NOT_AUTHENTICATED")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_our_own_errors_carry_their_numbers_and_their_field() -> None:
    body = problems.of_bounty_error(Refused("SOME_CODE", "A sentence.", field="patch", rows=3))
    assert body["title"] == "Some code"
    assert (body["field"], body["numbers"]) == ("patch", {"rows": 3})
    assert "numbers" not in problems.of_bounty_error(Refused("SOME_CODE", "A sentence."))


def test_a_limit_without_a_time_says_to_ask_again_soon() -> None:
    response = problems.handle(LimitReached("QUOTA_IN_FLIGHT", "Wait."), {})
    assert response is not None
    assert response["Retry-After"] == "5"


def test_a_defect_is_left_to_the_site_which_tells_nothing_of_it() -> None:
    assert problems.handle(RuntimeError("a secret"), {}) is None
    response = problems.server_error(RequestFactory().get("/api/v1/competitions"))
    body = json.loads(response.content)
    assert (body["code"], body["fault"]) == ("PLATFORM_ERROR", "platform")


def test_a_defect_in_a_view_is_answered_by_a_problem_without_its_words(
    team: Team, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("submissions.api.board.standings", broken)
    client = APIClient(raise_request_exception=False)
    response = client.get(f"{at}/board")
    problem(response, 500, "PLATFORM_ERROR")
    assert "secret" not in response.content.decode()
