"""A thread that looks at the database from time to time looks when somebody wrote, and not much otherwise."""

import threading
from typing import Any

import pytest
from django.db import connection

from bounty.models import User
from submissions import turns
from submissions.turns import Turns


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock of turns, set by hand."""
    now = [100.0]
    monkeypatch.setattr(turns.time, "monotonic", lambda: now[0])
    return now


def elsewhere(act: Any) -> None:
    """In another thread, over a connection of its own."""

    def acts() -> None:
        act()
        connection.close()

    thread = threading.Thread(target=acts)
    thread.start()
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_a_turn_is_due_at_first_and_when_another_connection_wrote(hours: list[float]) -> None:
    own = Turns()
    assert own.is_due()
    assert own.is_due() is (connection.vendor != "sqlite")
    elsewhere(lambda: User.objects.create_user("charlie"))
    assert own.is_due()
    assert own.is_due() is (connection.vendor != "sqlite")


@pytest.mark.django_db(transaction=True)
def test_a_turn_is_due_once_in_a_while_though_nobody_wrote(hours: list[float]) -> None:
    own = Turns()
    own.is_due()
    hours[0] += turns.AT_LEAST_EVERY_S
    assert own.is_due()
