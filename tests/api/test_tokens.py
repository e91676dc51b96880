"""API tokens: made from a password, shown once, bounded by scopes and time, revoked."""

import datetime as dt
import hashlib
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from bounty import clock
from bounty.models import ApiToken, Competition, User
from tests.api.conftest import WOMEN, Visit, problem
from tests.conftest import PASSWORD

URL = "/api/v1/tokens"


def make(**fields: object) -> Any:
    asked = {"username": "alice", "password": PASSWORD} | fields
    return APIClient().post(URL, asked, format="json")


def bearing(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def test_a_password_makes_a_token_that_is_kept_only_as_its_sha256(alice: User) -> None:
    response = make(name="laptop")
    assert response.status_code == 201
    shown = response.json()["token"]
    kept = ApiToken.objects.get()
    assert kept.sha256 == hashlib.sha256(shown.encode()).hexdigest()
    assert shown not in str(ApiToken.objects.values())
    assert (kept.user, kept.name, kept.scopes) == (alice, "laptop", ["read", "submit"])


def test_the_token_opens_the_list_of_tokens_which_never_shows_it_again(alice: User) -> None:
    shown = make().json()["token"]
    listed = bearing(shown).get(URL)
    assert [row["id"] for row in listed.json()["results"]] == [ApiToken.objects.get().pk]
    assert shown not in listed.content.decode()


def test_a_wrong_password_makes_no_token_and_the_right_one_does(alice: User) -> None:
    response = make(password=PASSWORD + "x")
    problem(response, 401, "WRONG_PASSWORD")
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'
    assert not ApiToken.objects.exists()
    assert make().status_code == 201


def test_an_inactive_account_gets_no_token(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    problem(make(), 401, "WRONG_PASSWORD")


def test_a_token_of_an_account_made_inactive_opens_nothing(alice: User) -> None:
    client = bearing(make().json()["token"])
    assert client.get(URL).status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)
    problem(client.get(URL), 401, "TOKEN_UNKNOWN")


@pytest.mark.parametrize("shown", ["nonsense", "", "bounty_ä", "two words"])
def test_an_unknown_token_is_refused_even_where_none_is_needed(competition: Competition, shown: str) -> None:
    client = APIClient()
    assert client.get("/api/v1/competitions").status_code == 200
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {shown}")
    problem(client.get("/api/v1/competitions"), 401, "TOKEN_UNKNOWN")


def test_a_token_ends_with_its_time(alice: User) -> None:
    client = bearing(make(expires_in_days=1).json()["token"])
    assert client.get(URL).status_code == 200
    ApiToken.objects.update(expires_at=clock.now() - dt.timedelta(seconds=1))
    problem(client.get(URL), 401, "TOKEN_EXPIRED")


def test_a_revoked_token_opens_nothing(alice: User) -> None:
    made = make().json()
    client = bearing(made["token"])
    assert client.delete(f"{URL}/{made['id']}").status_code == 204
    problem(client.get(URL), 401, "TOKEN_REVOKED")


def test_another_persons_token_cannot_be_seen_or_revoked(alice: User, as_charlie: APIClient) -> None:
    made = make().json()
    for response in (as_charlie.get(f"{URL}/{made['id']}"), as_charlie.delete(f"{URL}/{made['id']}")):
        problem(response, 404, "NOT_FOUND")
    assert bearing(made["token"]).get(f"{URL}/{made['id']}").status_code == 200


def test_use_is_noted_at_most_once_a_minute(alice: User) -> None:
    client = bearing(make().json()["token"])
    client.get(URL)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    client.get(URL)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - dt.timedelta(minutes=2))
    client.get(URL)
    assert ApiToken.objects.get().last_used_at > first


def test_a_token_reads_only_with_the_scope_read(visit: Visit, alice: User) -> None:
    body = problem(visit(alice, "submit").get(URL), 403, "TOKEN_SCOPE")
    assert body["numbers"] == {"needed": "read", "scopes": ["submit"]}
    assert visit(alice, "read").get(URL).status_code == 200


def test_a_token_submits_only_with_the_scope_submit(visit: Visit, alice: User, team: object, at: str) -> None:
    problem(visit(alice, "read").post(f"{at}/submissions", WOMEN, format="json"), 403, "TOKEN_SCOPE")
    assert visit(alice, "submit").post(f"{at}/submissions", WOMEN, format="json").status_code == 201


def test_a_token_opens_rounds_only_with_the_scope_organise(visit: Visit, olga: User, at: str) -> None:
    problem(visit(olga, "read", "submit").post(f"{at}/rounds"), 403, "TOKEN_SCOPE")
    problem(visit(olga, "organise").post(f"{at}/rounds"), 409, "NO_CANDIDATES")


def test_a_scope_that_does_not_exist_is_refused(alice: User) -> None:
    body = problem(make(scopes=["read", "everything"]), 422, "INVALID_INPUT")
    assert body["field"] == "scopes"
    assert make(scopes=["read", "organise"]).json()["scopes"] == ["organise", "read"]


def test_guessing_passwords_is_slowed_down(alice: User) -> None:
    assert make().status_code == 201
    assert [make(password="wrong").status_code for _ in range(5)] == [401] * 5
    response = make()
    problem(response, 429, "TOO_MANY_REQUESTS")
    assert 0 < int(response["Retry-After"]) <= 301


def test_a_browsers_session_may_read_and_needs_the_csrf_token_to_write(team: object, alice: User, at: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert browser.get(f"{at}/quota").status_code == 200
    problem(browser.post(f"{at}/submissions", WOMEN, content_type="application/json"), 403, "NOT_ALLOWED")
    browser.cookies["csrftoken"] = "a" * 32
    shown = {"HTTP_X_CSRFTOKEN": "a" * 32}
    assert browser.post(f"{at}/submissions", WOMEN, content_type="application/json", **shown).status_code == 201
