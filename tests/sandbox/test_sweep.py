"""Every system call, tried from inside: what happens is what the policy says, and what the documentation shows."""

import json
import re
from pathlib import Path

import pytest
from django.test import Client

from scoring.sandbox import Box
from scoring.sandbox.policy import ALLOW, KILL, REFUSE, RULES, UNFILTERED
from scoring.sandbox.sweep import KILLED, NAMES, NATIVE, X32, as_html, policy_on, strays, sweep
from tests.sandbox.commands import PROJECT

TABLE = PROJECT / "templates/docs/_calls.html"
SOME_KILLS = sorted(KILL.values())[::12]
SOME = [number for number in NATIVE if number not in KILL.values()] + SOME_KILLS + [*X32[::60]]


def test_every_call_answers_as_the_policy_says(box: Box) -> None:
    found = sweep(box, SOME)
    assert set(found) == set(SOME)
    assert list(strays(found)) == []


def test_a_call_that_answers_otherwise_is_a_stray() -> None:
    assert list(strays({41: KILLED, 0: "EBADF", 999: "ENOSYS"})) == []
    assert list(strays({41: "EBADF", 0: KILLED, 999: "done"})) == [
        "socket: kills, but EBADF",
        "read: allowed, but killed",
        "999: no such call, but done",
    ]


def test_the_documentation_shows_every_call_of_the_policy_and_what_it_is() -> None:
    text = Path(TABLE).read_text()
    for number, name in NAMES.items():
        assert f"<code>{name}</code></th><td>{number}</td><td>{policy_on(number)}</td>" in text
    rows = len(ALLOW) + len(KILL) + len(REFUSE) + len(RULES) + len(UNFILTERED) + 2
    assert text.count("<tr>") == rows
    assert as_html({41: KILLED, 999: "ENOSYS"}).splitlines()[0] == text.splitlines()[0]


@pytest.mark.django_db
def test_the_documentation_counts_the_calls_as_the_policy_does(client: Client) -> None:
    page = client.get("/docs/sandbox").content.decode()
    assert f"{len(ALLOW)} calls are allowed, {len(RULES)} more" in page
    assert f"{len(KILL)} end the process at once" in page
    assert page.count("<tr>") == TABLE.read_text().count("<tr>") + 1


@pytest.mark.django_db
def test_the_documentation_does_not_claim_more_attacks_than_there_are(client: Client) -> None:
    (claimed,) = re.findall(r"<b>(\d+) attacks</b>", client.get("/docs/sandbox").content.decode())
    assert int(claimed) <= len(json.loads((PROJECT / "tests/sandbox/attacks.json").read_text()))
