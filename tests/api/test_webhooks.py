"""Webhooks over the API and on their pages; and the documentation's sample, run."""

import html
import re
import time
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient
from standardwebhooks import Webhook as Signer

from bounty import clock
from bounty.models import Team, User
from submissions.models import Delivery, Webhook
from tests.api.conftest import Visit, problem

pytestmark = pytest.mark.django_db
WANTED = {"url": "https://hooks.example.org/bounty", "events": ["submission.verdict", "round.opened"]}


@pytest.fixture
def made(as_alice: APIClient, team: Team, at: str) -> Any:
    answer = as_alice.post(f"{at}/webhooks", WANTED, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_is_made_with_a_secret_that_is_told_once(as_alice: APIClient, made: Any, at: str) -> None:
    assert made["secret"].startswith("whsec_")
    assert (made["url"], made["events"]) == (WANTED["url"], sorted(WANTED["events"]))
    [listed] = as_alice.get(f"{at}/webhooks").json()["results"]
    assert listed == {key: value for key, value in made.items() if key != "secret"}
    assert as_alice.get(f"/api/v1/webhooks/{made['id']}").json() == listed


def test_a_repeated_request_makes_one_and_does_not_tell_the_secret_again(
    as_alice: APIClient, team: Team, at: str
) -> None:
    first, again = (
        as_alice.post(f"{at}/webhooks", WANTED, format="json", headers={"Idempotency-Key": "2f1c"}) for _ in range(2)
    )
    assert again.json() == first.json() | {"secret": None}
    assert Webhook.objects.get().pk == first.json()["id"]


def test_is_changed_tried_and_taken_away(as_alice: APIClient, made: Any) -> None:
    address = f"/api/v1/webhooks/{made['id']}"
    assert as_alice.patch(address, {"is_active": False}, format="json").json()["is_active"] is False
    problem(as_alice.post(f"{address}/test"), 409, "WEBHOOK_OFF")
    as_alice.patch(address, {"is_active": True, "events": ["round.opened"]}, format="json")
    assert as_alice.post(f"{address}/test").status_code == 202
    [sent] = as_alice.get(f"{address}/deliveries").json()["results"]
    assert (sent["event"], sent["state"], sent["payload"]["type"]) == ("test", "waiting", "test")
    problem(as_alice.post(f"/api/v1/deliveries/{sent['id']}/send"), 409, "DELIVERY_WAITS")
    Delivery.objects.update(state="given_up")
    assert as_alice.post(f"/api/v1/deliveries/{sent['id']}/send").json()["message"] == sent["message"]
    assert as_alice.delete(address).status_code == 204
    problem(as_alice.get(address), 404, "NOT_FOUND")


def test_an_edit_of_what_has_changed_meanwhile_is_refused(as_alice: APIClient, made: Any) -> None:
    address = f"/api/v1/webhooks/{made['id']}"
    tag = as_alice.get(address)["ETag"]
    changed = as_alice.patch(address, {"is_active": False}, format="json", HTTP_IF_MATCH=tag)
    assert changed.json()["is_active"] is False
    late = as_alice.patch(address, {"events": ["round.closed"]}, format="json", HTTP_IF_MATCH=f'"other", {tag}')
    problem(late, 412, "CHANGED_MEANWHILE")
    assert as_alice.get(address).json()["events"] == sorted(WANTED["events"])


def test_is_its_captains_alone(
    as_bob: APIClient, as_charlie: APIClient, as_olga: APIClient, made: Any, at: str
) -> None:
    for other in (as_bob, as_charlie, as_olga):
        problem(other.get(f"/api/v1/webhooks/{made['id']}"), 404, "NOT_FOUND")
        assert other.get(f"{at}/webhooks").json()["results"] == []
    problem(as_bob.post(f"{at}/webhooks", WANTED, format="json"), 403, "NOT_THE_CAPTAIN")
    problem(as_charlie.post(f"{at}/webhooks", WANTED, format="json"), 403, "NOT_YOUR_TEAM")


def test_an_organisers_is_for_tokens_that_organise(visit: Visit, olga: User, team: Team, at: str) -> None:
    problem(visit(olga, "read", "submit").post(f"{at}/webhooks", WANTED, format="json"), 403, "TOKEN_SCOPE")
    answer = visit(olga, "submit", "organise").post(f"{at}/webhooks", WANTED, format="json")
    assert (answer.status_code, answer.json()["team"]) == (201, None)


def test_has_pages(client: Client, alice: User, team: Team) -> None:
    client.force_login(alice)
    at = f"/competitions/{team.competition.slug}/webhooks/"
    assert client.post(at, {"url": "http://hooks.example.org/", "events": ["round.opened"]}).status_code == 422
    shown = client.post(at, WANTED).content.decode()
    webhook = Webhook.objects.get()
    assert webhook.secret in html.unescape(shown)
    assert webhook.secret not in html.unescape(client.get(at).content.decode())
    one = f"{at}{webhook.pk}/"
    client.post(f"{one}test/")
    sent = Delivery.objects.get()
    assert sent.message in client.get(one).content.decode()
    Delivery.objects.update(state="given_up", status=500, took_ms=12, tried_at=clock.now())
    assert "Send again" in client.get(one).content.decode()
    client.post(f"{one}deliveries/{sent.pk}/send/")
    sent.refresh_from_db()
    assert sent.state == "waiting"
    client.post(f"{one}switch/")
    webhook.refresh_from_db()
    assert not webhook.is_active
    assert "forgotten" in client.get(f"{one}remove/").content.decode()
    client.post(f"{one}remove/")
    assert not Webhook.objects.exists()


def test_the_documented_sample_knows_what_is_genuine(client: Client) -> None:
    page = client.get("/docs/webhooks").content.decode()
    [sample] = re.findall(r'<code id="sample">(.*?)</code>', page, re.DOTALL)
    defined: dict[str, Any] = {}
    exec(html.unescape(sample), defined)
    secret, body = "whsec_" + "c2VjcmV0" * 4, '{"type": "test"}'
    now = clock.now()
    signed = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp()))}
    headers = signed | {"webhook-signature": Signer(secret).sign("msg_1", now, body)}
    is_genuine = defined["is_genuine"]
    assert is_genuine(secret, headers, body.encode())
    assert not is_genuine(secret, headers, b'{"type": "tests"}')
    assert not is_genuine("whsec_" + "b3RoZXI=", headers, body.encode())
    assert not is_genuine(secret, headers | {"webhook-timestamp": str(int(time.time()) - 600)}, body.encode())
