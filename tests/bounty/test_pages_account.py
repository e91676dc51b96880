"""Signing in and out, API tokens, the colours of a browser."""

import pytest
from django.test import Client

from bounty.models import ApiToken, User
from tests.conftest import PASSWORD
from tests.pages import read, signed_in, words

ASKED = {"name": "laptop", "scopes": ["read"], "expires_in_days": 30}


@pytest.mark.django_db
def test_pages_that_need_an_account_lead_to_the_sign_in_and_back(client: Client, alice: User) -> None:
    asked = client.get("/tokens/")
    assert asked["Location"] == "/login/?next=/tokens/"
    answer = client.post("/login/", {"login": "alice", "password": PASSWORD, "next": "/tokens/"})
    assert answer["Location"] == "/tokens/"
    assert client.get("/tokens/").status_code == 200


def test_a_wrong_password_signs_nobody_in(client: Client, alice: User) -> None:
    page = client.post("/login/", {"login": "alice", "password": "wrong"})
    assert "This cannot be sent yet" in words(page)
    assert "_auth_user_id" not in client.session


def test_signing_out_takes_a_post(alice: User) -> None:
    visitor = signed_in(alice)
    assert visitor.get("/logout/").status_code == 405
    assert visitor.post("/logout/").status_code == 302
    assert "_auth_user_id" not in visitor.session


def test_a_token_is_shown_once(alice: User) -> None:
    visitor = signed_in(alice)
    made = visitor.post("/tokens/", ASKED)
    shown = next(word for word in words(made).split() if word.startswith("bounty_"))
    assert "no-store" in made["Cache-Control"]
    assert ApiToken.objects.get().scopes == ["read"]
    assert shown not in words(visitor.get("/tokens/"))
    answer = Client().get("/api/v1/tokens", headers={"Authorization": f"Bearer {shown}"})
    assert answer.status_code == 200


def test_a_token_without_a_scope_is_not_made(alice: User) -> None:
    visitor = signed_in(alice)
    answer = visitor.post("/tokens/", ASKED | {"scopes": []})
    assert (answer.status_code, ApiToken.objects.count()) == (422, 0)
    assert read(answer).count("h1") == 1
    visitor.post("/tokens/", ASKED)
    assert ApiToken.objects.count() == 1


def test_a_token_is_revoked_by_its_owner_alone(alice: User, charlie: User) -> None:
    signed_in(alice).post("/tokens/", ASKED)
    token = ApiToken.objects.get()
    assert signed_in(charlie).post(f"/tokens/{token.pk}/revoke/").status_code == 404
    assert ApiToken.objects.get().revoked_at is None
    assert signed_in(alice).post(f"/tokens/{token.pk}/revoke/").status_code == 302
    assert ApiToken.objects.get().revoked_at is not None


@pytest.mark.django_db
def test_the_colours_are_kept_in_a_cookie_and_stand_in_the_page(client: Client) -> None:
    client.post("/theme/", {"theme": "dark", "next": "/"})
    assert read(client.get("/")).all("html")[0]["data-theme"] == "dark"
    client.post("/theme/", {"theme": "", "next": "/"})
    assert "data-theme" not in read(client.get("/")).all("html")[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("following", "leads_to"), [("/tokens/?page=2", "/tokens/?page=2"), ("https://evil.example/", "/")]
)
def test_the_colour_switch_leads_back_within_the_site_only(client: Client, following: str, leads_to: str) -> None:
    assert client.post("/theme/", {"theme": "light", "next": following})["Location"] == leads_to
