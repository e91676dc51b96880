"""`make load-api`: how fast board, status and submit answer where many submissions are stored.

A site of its own on this machine, filled past its actions, asked over loopback by several clients at once, stopped at
the end. The worker judges meanwhile what is submitted.
"""

import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks.timing import percentile
from tests.live import Site, running

TEAMS = 200
CLIENTS = 8
FOR_S = 10.0
SUBMITS = 200
BATCH = 2000


def main(submissions: int) -> int:
    """Fill, ask, and print a row a request; 1 if any answer was an error."""
    with tempfile.TemporaryDirectory(prefix="bounty-load-") as folder, running(Path(folder)) as site:
        slug, tokens, keys = _fill(Path(folder), submissions)
        print(f"{submissions:,} submissions of {TEAMS} teams; {CLIENTS} clients at once over loopback", flush=True)
        under = f"competitions/{slug}"
        asked: list[tuple[str, Callable[[httpx.Client, int], httpx.Response]]] = [
            ("board", lambda client, _: client.get(f"{under}/board")),
            ("board, nothing new (304)", _unchanged(f"{under}/board")),
            ("board of an earlier version", lambda client, _: client.get(f"{under}/board?version=0")),
            ("status of a submission", lambda client, i: client.get(f"submissions/{keys[i % len(keys)]}")),
            ("list of one's team", lambda client, _: client.get(f"{under}/submissions")),
            ("submit", _submit(under)),
        ]
        return int(any([_measured(site, name, ask, tokens) for name, ask in asked]))


def _fill(folder: Path, n: int) -> tuple[str, list[str], list[int]]:
    """The demonstration competition with so many scored submissions; tokens of entrants, and keys of their own."""
    os.environ |= {"BOUNTY_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "bounty.settings"}
    import django

    django.setup()
    from tests.benchmarks.stored import fill

    return fill(n, teams=TEAMS, clients=CLIENTS, batch=BATCH)


def _unchanged(path: str) -> Callable[[httpx.Client, int], httpx.Response]:
    def ask(client: httpx.Client, _: int) -> httpx.Response:
        known = client.headers.get("If-None-Match")
        response = client.get(path)
        if known is None:
            client.headers["If-None-Match"] = response.headers["ETag"]
        return response

    return ask


def _submit(under: str) -> Callable[[httpx.Client, int], httpx.Response]:
    return lambda client, i: client.post(f"{under}/submissions", json={"predicate": f"age > {20 + i % 40}.{i}"})


def _measured(site: Site, name: str, ask: Callable[[httpx.Client, int], httpx.Response], tokens: list[str]) -> bool:
    """Ask for some seconds, or so many times; whether an answer was an error."""
    most = SUBMITS // CLIENTS if name == "submit" else 10**9
    times: list[list[float]] = [[] for _ in tokens]
    failed: list[Any] = []
    until = time.monotonic() + FOR_S

    def run(client_no: int) -> None:
        with httpx.Client(base_url=f"{site.address}/api/v1/", timeout=60) as client:
            client.headers["Authorization"] = f"Bearer {tokens[client_no]}"
            while time.monotonic() < until and len(times[client_no]) < most:
                begun = time.perf_counter()
                response = ask(client, client_no + CLIENTS * len(times[client_no]))
                times[client_no].append(time.perf_counter() - begun)
                if response.status_code >= 400:
                    failed.append(response.text[:200])

    begun = time.perf_counter()
    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(tokens))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    every = [one for own in times for one in own]
    print(
        f"{name:30} {len(every) / took:8.1f} requests/s   p50 {statistics.median(every) * 1000:7.1f} ms   "
        f"p95 {percentile(every, 0.95) * 1000:7.1f} ms   {len(every):6} requests   {len(failed)} errors {failed[:1]}",
        flush=True,
    )
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
