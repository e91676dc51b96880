"""Many bots at once, each with its own team: nothing that was accepted is lost, judged twice, or counted wrongly.

python -m tests.client.bots [BOTS [SUBMISSIONS]] on SQLite and the embedded queue, over loopback.
"""

import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import numpy as np

from bounty_client import AsyncClient, Patience, Problem
from bounty_client.flows import Watch
from tests.client.arena import SLUG, Arena, arena

OVER: Final = 2  # more than a team's day allows, to be refused
PATIENT: Final = Patience(attempts=40, longest_s=30, total_s=600)
WATCH: Final = Watch(timeout_s=1200, first_s=0.2, longest_s=5.0)
JUDGED_S: Final = 1200.0


class Timed(httpx.AsyncHTTPTransport):
    """The transport, and how long the site took for each answer."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        began = time.monotonic()
        response = await super().handle_async_request(request)
        self.seconds.append(time.monotonic() - began)
        return response


@dataclass
class Tally:
    """What the bots were told, and what the database says at the end."""

    bots: int
    each: int
    accepted: list[int] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    took_s: float = 0.0
    stored: int = 0
    judged_once: int = 0
    verdicts: int = 0
    used: list[int] = field(default_factory=list)  # of each team's quota

    @property
    def is_exact(self) -> bool:
        wanted = self.bots * self.each
        counts = {len(self.accepted), len(set(self.accepted)), self.stored, self.judged_once, self.verdicts}
        quotas = self.used == [self.each] * self.bots and self.refused == {"QUOTA_DAY": OVER * self.bots}
        return counts == {wanted} and quotas

    def __str__(self) -> str:
        p50, p95 = np.quantile(self.seconds, (0.5, 0.95)) * 1000
        return (
            f"{self.bots} bots, {len(self.accepted)} accepted, {self.judged_once} judged exactly once "
            f"({self.verdicts} verdicts), {sum(self.refused.values())} refused over quota, quotas exact: "
            f"{self.used == [self.each] * self.bots}; {len(self.seconds)} requests in {self.took_s:.0f} s: "
            f"{len(self.seconds) / self.took_s:.0f} requests/s, {len(self.accepted) / self.took_s:.1f} submissions/s, "
            f"p50 {p50:.0f} ms, p95 {p95:.0f} ms"
        )


def trial(folder: Path, *, bots: int, submissions: int) -> Tally:
    """Every bot sends its share, each as soon as the last was judged, and then more than its quota allows."""
    tally = Tally(bots, submissions // bots)
    names = [f"bot{number}" for number in range(bots)]
    with arena(folder, names=names, per_day=tally.each) as started:
        began = time.monotonic()
        asyncio.run(_all(started, tally))
        tally.took_s = time.monotonic() - began
        _count(started, tally)
    return tally


async def _all(started: Arena, tally: Tally) -> None:
    bots = (name for name in started.tokens if name != "olga")
    async with asyncio.TaskGroup() as tasks:
        for place, name in enumerate(bots):
            tasks.create_task(_compete(started, tally, name, place))


async def _compete(started: Arena, tally: Tally, name: str, place: int) -> None:
    transport = Timed()
    async with AsyncClient(
        started.address, token=started.tokens[name], patience=PATIENT, transport=transport
    ) as client:
        await client.join(SLUG, rules_version=1, team_name=name)
        for predicate, _ in zip(_predicates(place), range(tally.each + OVER), strict=False):
            try:
                sent = await client.submit(SLUG, predicate=predicate, patch_column="system_b")
            except Problem as problem:
                tally.refused[problem.code] += 1
                continue
            tally.accepted.append(sent["id"])
            seen = await client.wait_for_submission(sent["id"], watch=WATCH)
            assert seen["verdict"] is not None
    tally.seconds += transport.seconds


def _predicates(place: int) -> Iterator[str]:
    """Groups of a bot's own: no other bot names the same incomes."""
    for number in range(10**6):
        yield f"age > {18 + number % 40} and income > {20 + place / 100 + number // 40}"


def _count(started: Arena, tally: Tally) -> None:
    rows = started.site.rows
    once = "select submission_id from submissions_verdict group by submission_id having count(*) = 1"
    final = "status in ('scored', 'refused')"
    tally.stored = int(rows("select count(*) from submissions_submission")[0][0])
    tally.verdicts = int(rows("select count(*) from submissions_verdict")[0][0])
    query = f"select count(*) from submissions_submission where {final} and id in ({once})"
    tally.judged_once = int(rows(query)[0][0])
    tally.used = [int(used) for (used,) in rows("select sum(used) from submissions_querybudget group by team_id")]


def main(bots: int = 50, submissions: int = 2000) -> int:
    """Exit code 1 unless every submission was judged exactly once and every quota is exact."""
    with tempfile.TemporaryDirectory() as folder:
        tally = trial(Path(folder), bots=bots, submissions=submissions)
    print(tally, flush=True)
    return 0 if tally.is_exact else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
