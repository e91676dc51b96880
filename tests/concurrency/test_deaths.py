"""kill -9 under load, in short: every accepted submission is judged exactly once."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.concurrency.deaths import EMBEDDED_KILLS, LEASE_S, SHARED_KILLS, trial
from tests.live import Site, running, running_shared

HOW_MANY = 12


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site of our own, over what this run is about: killing its processes disturbs nobody."""
    if settings.SHARED_SETUP:
        with running_shared(tmp_path, os.environ["DATABASE_URL"], BOUNTY_LEASE_S=LEASE_S) as started:
            yield started
    else:
        with running(tmp_path, BOUNTY_LEASE_S=LEASE_S) as started:
            yield started


@pytest.mark.sandbox
def test_each_accepted_submission_is_judged_once_whoever_dies(
    site: Site, record_property: Callable[[str, object], None]
) -> None:
    tally = trial(site, submissions=HOW_MANY, kills=SHARED_KILLS if site.broker else EMBEDDED_KILLS)
    record_property("deaths", str(tally))
    assert tally.accepted == HOW_MANY
    assert tally.exactly_once, tally
