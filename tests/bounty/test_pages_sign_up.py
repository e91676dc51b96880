"""From a stranger to an account: signing up, confirming the address, forgetting the password, signing out elsewhere."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client

from bounty.accounts import is_confirmed
from bounty.models import AuditEvent, User
from tests.conftest import PASSWORD
from tests.pages import read, words

ASKED = {"username": "dora", "email": "dora@example.org", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def nobody_was_slowed_down(db: None) -> None:
    """Attempts are counted in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def dora(client: Client) -> User:
    """Signed up, with the link in her mail not yet followed."""
    assert client.post("/sign-up/", ASKED)["Location"] == "/sign-up/sent/"
    return User.objects.get(username="dora")


def _link(message: Any) -> str:
    found = re.search(r"http://testserver(/\S+)", str(message.body))
    assert found, message.body
    return found[1]


def _signs_in(password: str = PASSWORD, **named: str) -> bool:
    visitor = Client()
    visitor.post("/login/", {"login": "dora", "password": password} | named)
    return "_auth_user_id" in visitor.session


def test_an_account_opens_once_its_address_is_confirmed(client: Client, dora: User) -> None:
    assert not _signs_in()
    link = _link(mail.outbox[0])
    assert "dora@example.org" in words(client.get(link))
    assert not is_confirmed(dora)  # mail programs that follow links confirm nothing
    client.post(link)
    assert is_confirmed(dora)
    assert _signs_in()
    assert _signs_in(login="DORA@example.org")


def test_signing_up_leads_on_to_where_one_was_going(client: Client) -> None:
    client.post("/sign-up/", ASKED | {"next": "/tokens/"})
    assert client.post(_link(mail.outbox[0]))["Location"] == "/tokens/"


def test_what_happens_to_an_account_is_recorded(client: Client, dora: User) -> None:
    client.post(_link(mail.outbox[0]))
    assert {*AuditEvent.objects.values_list("verb", "actor")} == {("sign_up", dora.pk), ("confirm_address", dora.pk)}


@pytest.mark.parametrize("name", ["d", "deleted-3", "dora@example.org", "d\u043era", "do ra", "x" * 41])
def test_names_that_could_pass_for_another_are_not_given(client: Client, name: str) -> None:
    answer = client.post("/sign-up/", ASKED | {"username": name})
    assert "This cannot be sent yet" in words(answer)
    assert not User.objects.exists()
    client.post("/sign-up/", ASKED)
    assert User.objects.get().username == "dora"


def test_a_known_address_is_told_by_mail_alone(client: Client, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    answer = client.post("/sign-up/", ASKED | {"email": alice.email})
    assert answer["Location"] == "/sign-up/sent/"
    assert User.objects.count() == 1
    assert [message.to for message in mail.outbox] == [[alice.email]]


def test_an_account_made_by_hand_needs_no_confirmation(alice: User) -> None:
    assert _signs_in(login="alice")
    assert EmailAddress.objects.get(user=alice).verified


def test_no_token_is_made_for_an_address_that_was_not_confirmed(client: Client, dora: User) -> None:
    asked = {"username": "dora", "password": PASSWORD}
    answer = client.post("/api/v1/tokens", asked, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "ADDRESS_NOT_CONFIRMED")
    client.post(_link(mail.outbox[0]))
    assert client.post("/api/v1/tokens", asked, content_type="application/json").status_code == 201


def test_a_forgotten_password_is_set_anew_by_a_link_that_works_once(client: Client, dora: User) -> None:
    client.post(_link(mail.outbox[0]))
    asking = Client()
    asking.post("/password-reset/", {"email": "dora@example.org"})
    link = _link(mail.outbox[-1])
    form = asking.get(link)["Location"]
    another = "another-" + PASSWORD
    assert asking.post(form, {"password1": another, "password2": another})["Location"] == "/password-reset/done/"
    assert _signs_in(another)
    assert not _signs_in(PASSWORD)
    assert "has been used" in words(Client().get(link))


def test_asking_for_a_password_does_not_tell_who_has_an_account(client: Client) -> None:
    assert client.post("/password-reset/", {"email": "nobody@example.org"})["Location"] == "/password-reset/sent/"


def test_other_browsers_are_signed_out_from_the_list_of_sessions(alice: User) -> None:
    here, there = Client(), Client(headers={"user-agent": "Another browser"})
    for browser in (here, there):
        browser.post("/login/", {"login": "alice", "password": PASSWORD})
    assert "Another browser" in words(here.get("/account/sessions/"))
    here.post("/account/sessions/")
    assert there.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200


def test_changing_the_address_takes_the_password_and_the_new_address(client: Client, alice: User) -> None:
    client.post("/login/", {"login": "alice", "password": PASSWORD})
    asked = client.post("/account/email/", {"email": "a@example.net", "action_add": ""})
    assert mail.outbox == []
    client.post(asked["Location"], {"password": PASSWORD})
    assert [message.to for message in mail.outbox] == [["a@example.net"]]
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"
    client.post(_link(mail.outbox[0]))
    alice.refresh_from_db()
    assert alice.email == "a@example.net"


def test_a_site_may_keep_sign_up_to_itself(client: Client, settings: Any) -> None:
    settings.SIGN_UP_OPEN = False
    assert "made by whoever runs this site" in words(client.get("/sign-up/"))
    client.post("/sign-up/", ASKED)
    assert not User.objects.exists()
    assert "/sign-up/" not in client.get("/login/").content.decode()


def test_guessing_passwords_is_slowed_down(client: Client, alice: User) -> None:
    for _ in range(6):
        client.post("/login/", {"login": "alice", "password": "wrong"})
    assert not _signs_in(login="alice")
    cache.clear()
    assert _signs_in(login="alice")


@pytest.mark.parametrize(
    "address",
    [
        "/login/",
        "/sign-up/",
        "/sign-up/sent/",
        "/account/confirm/unknown/",
        "/account/inactive/",
        "/password-reset/",
        "/password-reset/sent/",
        "/password-reset/done/",
        "/password-reset/1-unknown/",
        "/account/",
        "/account/email/",
        "/account/password/",
        "/account/sessions/",
        "/account/it-is-me/",
    ],
)
def test_pages_of_accounts_have_one_heading_and_nothing_the_policy_forbids(alice: User, address: str) -> None:
    visitor = Client()
    if address.startswith("/account/") and address not in {"/account/confirm/unknown/", "/account/inactive/"}:
        visitor.force_login(alice)
    answer = visitor.get(address)
    page = read(answer)
    assert (answer.status_code, page.count("h1"), page.forbidden()) == (200, 1, [])
