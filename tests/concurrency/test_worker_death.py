"""kill -9 in the middle of judging: nothing is lost, and each submission is judged once."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from bounty.logins import PASSWORD
from tests.live import Site, running

JUDGED_S = 180.0
HOW_MANY = 12
KILLS = 3


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site of our own: killing its worker disturbs nobody."""
    with running(tmp_path) as started:
        yield started


@pytest.mark.sandbox
def test_each_submission_is_judged_once_though_its_worker_is_killed(site: Site) -> None:
    with closing(site.api("alice", PASSWORD)) as alice:
        slug = alice.get("competitions").json()["results"][0]["slug"]
        assert alice.post(f"competitions/{slug}/join", json={"rules_version": 1}).is_success
        urls = [_send(alice, slug, i) for i in range(HOW_MANY)]
        for done in range(1, KILLS + 1):
            _wait(alice, urls, at_least=2 * done)
            site.kill("worker")
        _wait(alice, urls, at_least=HOW_MANY)
        found = [alice.get(url).json() for url in urls]
    assert [len(submission["verdicts"]) for submission in found] == [1] * HOW_MANY
    assert {submission["status"] for submission in found} <= {"scored", "refused"}
    print(f"{HOW_MANY} submissions, {KILLS} kills, attempts {[submission['attempts'] for submission in found]}")
    assert _rows(site, "select count(*) from submissions_verdict") == HOW_MANY
    assert _rows(site, "select sum(used) from submissions_querybudget") == HOW_MANY


def _send(client: httpx.Client, slug: str, i: int) -> str:
    source = f"def group(X):\n    return (X['age'] > {30 + i}) & (X['sex'] == 'Female')\n"
    answer = client.post(f"competitions/{slug}/submissions", json={"group_source": source})
    assert answer.status_code in {201, 202}, answer.text
    return str(answer.json()["url"])


def _wait(client: httpx.Client, urls: list[str], *, at_least: int) -> None:
    deadline = time.monotonic() + JUDGED_S
    while sum(client.get(url).json()["is_final"] for url in urls) < at_least:
        assert time.monotonic() < deadline, f"fewer than {at_least} were judged in {JUDGED_S} s"
        time.sleep(0.1)


def _rows(site: Site, query: str) -> int:
    with sqlite3.connect(site.folder / "db.sqlite3") as database:
        return int(database.execute(query).fetchone()[0])
