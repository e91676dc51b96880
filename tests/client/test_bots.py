"""Many bots at once, in short: nothing is lost, judged twice, or counted wrongly."""

from collections.abc import Callable
from pathlib import Path

from tests.client.bots import trial


def test_each_submission_is_judged_once_and_every_quota_is_exact(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    tally = trial(tmp_path, bots=8, submissions=40)
    record_property("bots", str(tally))
    assert tally.is_exact, tally
