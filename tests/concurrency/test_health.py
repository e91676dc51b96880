"""What the site says of itself to whoever watches over it, with and without what it depends on."""

from typing import Any

import pytest
from celery import current_app
from django.db import DatabaseError, connection
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_site_whose_parts_answer_is_live_and_ready(client: Client) -> None:
    assert client.get("/healthz").content == b"alive\n"
    assert client.get("/readyz").json() == {"ready": True, "away": []}


def test_without_its_database_it_is_live_but_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(connection, "cursor", gone)
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "away": ["database"]})


def test_without_its_broker_it_is_live_but_not_ready(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody_listens = current_app.connection_for_write("redis://127.0.0.1:1/0")
    settings.EMBEDDED_QUEUE = False
    monkeypatch.setattr(current_app, "connection_for_write", lambda: nobody_listens)
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "away": ["broker"]})
