"""Many bots at once, in short: nothing is lost, judged twice, or counted wrongly."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.client.bots import trial


def test_each_submission_is_judged_once_and_every_quota_is_exact(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    # In a thread of its own: where a browser was tested in this process before, an event loop runs in this one.
    with ThreadPoolExecutor(1) as thread:
        tally = thread.submit(trial, tmp_path, bots=8, submissions=40).result()
    record_property("bots", str(tally))
    assert tally.is_exact, tally
