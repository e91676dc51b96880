"""Upload to verdict, as an entrant sees it: over HTTP, with an idle worker, one submission at a time."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import httpx

from bounty.logins import PASSWORD
from tests.live import running

WAYS: Final = {
    "a predicate, the platform's patch": {"predicate": "age > {age} and sex == 'Female'"},
    "a Python group, the platform's patch": {
        "group_source": "def group(X):\n    return (X['age'] > {age}) & (X['sex'] == 'Male')\n"
    },
}
EACH: Final = 12


def upload_to_verdict() -> Iterator[tuple[str, list[float]]]:
    """Seconds from the request to the final status, for each way to submit."""
    folder = tempfile.TemporaryDirectory()
    with folder as name, running(Path(name)) as site, closing(site.api("alice", PASSWORD)) as alice:
        slug = alice.get("competitions").json()["results"][0]["slug"]
        alice.post(f"competitions/{slug}/join", json={"rules_version": 1}).raise_for_status()
        for way, form in WAYS.items():
            _judged(alice, slug, {key: value.format(age=20) for key, value in form.items()})  # warms every cache
            bodies = [{key: value.format(age=age) for key, value in form.items()} for age in range(25, 25 + EACH)]
            yield way, [_judged(alice, slug, body) for body in bodies]


def _judged(client: httpx.Client, slug: str, body: dict[str, str]) -> float:
    start = time.perf_counter()
    sent = client.post(f"competitions/{slug}/submissions", json=body).raise_for_status().json()
    while not client.get(sent["url"]).raise_for_status().json()["is_final"]:
        time.sleep(0.01)
    return time.perf_counter() - start
