"""Process deaths under load: what was accepted is judged exactly once, whoever dies meanwhile.

The long form of the test, on both set-ups: ``python -m tests.concurrency.deaths [SUBMISSIONS [KILLS]]``.
"""

import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import httpx

from bounty.logins import PASSWORD
from tests.live import Site, running, running_shared
from tests.servers import postgres

T = TypeVar("T")
PROGRESS_S: Final = 240.0
SENDERS: Final = ("alice", "bob")
LEASE_S: Final = "6"  # short, so that a dead worker's claim soon passes to another
SHARED_KILLS: Final = ("worker", "redis", "web", "worker")
EMBEDDED_KILLS: Final = ("worker", "web")


@dataclass(frozen=True)
class Tally:
    """What was asked of a site, what died, and what its database says at the end."""

    accepted: int
    kills: Counter[str]
    stored: int
    verdicts: int
    judged: int  # submissions with exactly one verdict, scored or refused
    counted: int  # in the quotas
    recorded: int  # in the audit record
    attempts: list[int]
    seconds: float

    @property
    def exactly_once(self) -> bool:
        return {self.stored, self.verdicts, self.judged, self.counted, self.recorded} == {self.accepted}

    def __str__(self) -> str:
        killed = ", ".join(f"{n} x {name}" for name, n in sorted(self.kills.items()))
        again = sum(attempts > 1 for attempts in self.attempts)
        return (
            f"{self.accepted} accepted, killed {killed}: {self.judged} judged exactly once "
            f"({self.verdicts} verdicts, {again} begun again, {self.seconds:.0f} s)"
        )


def trial(site: Site, *, submissions: int, kills: Sequence[str]) -> Tally:
    """Two people send while processes are killed, each kill after the site has got further since the last."""
    began = time.monotonic()
    accepted: list[str] = []
    senders = [threading.Thread(target=_send_all, args=(site, who, submissions, accepted)) for who in SENDERS]
    for sender in senders:
        sender.start()
    for name in kills:
        _wait_for(site, _finished(site) + 1)
        KILL[name](site)
    for sender in senders:
        sender.join()
    _wait_for(site, submissions)
    return _tally(site, len(accepted), Counter(kills), time.monotonic() - began)


def _send_all(site: Site, who: str, submissions: int, accepted: list[str]) -> None:
    """This sender's share. What got no answer is sent again under the same key, as a careful client does."""
    with closing(_once_up(lambda: site.api(who, PASSWORD))) as client:
        slug = _once_up(lambda: _ok(client.get("competitions"))).json()["results"][0]["slug"]
        _once_up(lambda: _ok(client.post(f"competitions/{slug}/join", json={"rules_version": 1})))
        mine = range(SENDERS.index(who), submissions, len(SENDERS))
        accepted.extend(_once_up(partial(_send, client, slug, i)) for i in mine)


def _send(client: httpx.Client, slug: str, i: int) -> str:
    source = f"def group(X):\n    return (X['age'] > {20 + i / 2}) & (X['sex'] == 'Female')\n"
    key = {"Idempotency-Key": f"number-{i}"}
    return str(
        _ok(client.post(f"competitions/{slug}/submissions", json={"group_source": source}, headers=key)).json()["url"]
    )


def _ok(answer: httpx.Response) -> httpx.Response:
    return answer.raise_for_status()


def _once_up(ask: Callable[[], T]) -> T:
    """Ask until it is answered: a site that was killed, or a team whose submissions in flight are too many."""
    deadline = time.monotonic() + PROGRESS_S
    while True:
        try:
            return ask()
        except (httpx.TransportError, httpx.HTTPStatusError, AssertionError) as fault:
            if time.monotonic() > deadline:
                raise AssertionError(f"no answer within {PROGRESS_S} s") from fault
        time.sleep(0.3)


def _kill_a_worker(site: Site) -> None:
    """kill -9 to a worker in the middle of judging; not twice for one submission, which would be given up."""
    query = "select worker from submissions_submission where status = 'judging' and attempts = 1"

    def judging() -> set[int]:
        return {int(name.rpartition(":")[2]) for (name,) in site.rows(query)} & {*site.pids("celery")}

    os.kill(min(_until(judging)), signal.SIGKILL)


def _restart_redis(site: Site) -> None:
    """kill -9 to the broker, which comes back without its data."""
    assert site.broker is not None
    site.broker.kill()
    site.broker.restart()


KILL: Final[dict[str, Callable[[Site], None]]] = {
    "worker": _kill_a_worker,
    "web": Site.kill_web,
    "redis": _restart_redis,
}


def _finished(site: Site) -> int:
    query = "select count(*) from submissions_submission where status not in ('queued', 'judging')"
    return int(site.rows(query)[0][0])


def _wait_for(site: Site, finished: int) -> None:
    _until(lambda: _finished(site) >= finished)


def _until(reached: Callable[[], T]) -> T:
    """What ``reached`` says as soon as it says something."""
    deadline = time.monotonic() + PROGRESS_S
    while not (found := reached()):
        assert time.monotonic() < deadline, f"no progress within {PROGRESS_S} s"
        time.sleep(0.1)
    return found


def _tally(site: Site, accepted: int, kills: Counter[str], seconds: float) -> Tally:
    def count(query: str) -> int:
        return int(site.rows(query)[0][0] or 0)

    once = "select submission_id from submissions_verdict group by submission_id having count(*) = 1"
    judged = f"select count(*) from submissions_submission where status in ('scored', 'refused') and id in ({once})"
    return Tally(
        accepted=accepted,
        kills=kills,
        stored=count("select count(*) from submissions_submission"),
        verdicts=count("select count(*) from submissions_verdict"),
        judged=count(judged),
        counted=count("select sum(used) from submissions_querybudget"),
        recorded=count("select count(*) from bounty_auditevent where verb = 'submit'"),
        attempts=[attempts for (attempts,) in site.rows("select attempts from submissions_submission order by id")],
        seconds=seconds,
    )


def main(submissions: int = 80, kills: int = 18) -> int:
    """Both set-ups, kills drawn by chance; exit code 1 when a submission was not judged exactly once."""
    seed = random.randrange(10**6)
    draw = random.Random(seed)
    print(f"{submissions} submissions, {kills} kills on each set-up, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), BOUNTY_LEASE_S=LEASE_S) as site:
        embedded = trial(site, submissions=submissions, kills=draw.choices(("worker", "web"), k=kills))
    print(f"SQLite and the embedded queue: {embedded}", flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres() as server,
        running_shared(Path(folder), server.url, BOUNTY_LEASE_S=LEASE_S) as site,
    ):
        shared = trial(site, submissions=submissions, kills=draw.choices((*KILL,), k=kills))
    print(f"PostgreSQL and Redis: {shared}", flush=True)
    return 0 if embedded.exactly_once and shared.exactly_once else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
