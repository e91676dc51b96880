"""After a merge real workers count a holdout part by part, two at once where the broker is shared; one that is killed
in the middle loses nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from bounty.logins import PASSWORD
from tests.concurrency.deaths import LEASE_S, _until
from tests.live import ROOT, Site, running, running_shared

GROUPS = ("sex == 'Female' and age_band == '18-24'", "age_band == '65+' or region == 'North'")
# Asked in a process of the site's own: every verdict on the head against scoring its pair alone.
COMPARE = """
from bounty import evidence
from bounty.models import HostedModelVersion
from submissions.models import RescorePart, Verdict
from submissions.pairs import hidden_pair
head = HostedModelVersion.objects.order_by("number").last()
verdicts = list(Verdict.objects.filter(version=head, submission__hidden_mask__gt="").select_related("submission"))
same = [
    evidence.provisional(v.submission.competition, head, hidden_pair(v.submission), seed=v.submission.seed).numbers
    == v.numbers for v in verdicts
]
print("compared", len(same), all(same), RescorePart.objects.count())
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site that cuts holdouts into small parts: dozens of them."""
    asked = {"BOUNTY_LEASE_S": LEASE_S, "BOUNTY_RESCORE_PART_ROWS": "64"}
    if settings.SHARED_SETUP:
        with running_shared(tmp_path, os.environ["DATABASE_URL"], **asked) as started:
            yield started
    else:
        with running(tmp_path, **asked) as started:
            yield started


def count(site: Site, what: str) -> int:
    return int(site.rows(f"select count(*) from {what}")[0][0])


@contextmanager
def two_at_work(site: Site) -> Iterator[None]:
    """While it lasts two workers are each in the middle of a part. A worker has one task at a time, and cannot write
    what it counted while its row is locked here: the second row that is claimed and not counted is another worker's."""
    claimed = "select id from submissions_rescorepart where counts is null and lease_until is not null"
    with psycopg.connect(site.database) as database:
        held: set[int] = set()

        def both() -> bool:
            held.update(pk for (pk,) in database.execute(f"{claimed} for update skip locked"))
            return len(held) == 2

        _until(both)
        yield


def test_parts_add_up_to_the_whole_whoever_dies(site: Site) -> None:
    with closing(site.api("alice", PASSWORD)) as alice, closing(site.api("olga", PASSWORD)) as olga:
        slug = alice.get("competitions").json()["results"][0]["slug"]
        alice.post(f"competitions/{slug}/join", json={"rules_version": 1}).raise_for_status()
        for group in GROUPS:
            alice.post(f"competitions/{slug}/submissions", json={"predicate": group}).raise_for_status()
        _until(lambda: count(site, "submissions_submission where status not in ('queued', 'judging')") == len(GROUPS))
        assert count(site, "submissions_submission where status = 'scored'") == len(GROUPS)
        olga.post(f"competitions/{slug}/rounds").raise_for_status()
    _until(lambda: count(site, "submissions_rescorepart where counts is not null") > 3)
    with two_at_work(site) if site.database else nullcontext():
        os.kill(min(site.pids("celery")), signal.SIGKILL)
    assert count(site, "submissions_rescorepart where counts is null") > 0
    _until(lambda: count(site, "submissions_merge") and not count(site, "submissions_merge where rescored_at is null"))
    variables = os.environ | {"BOUNTY_DATA_DIR": str(site.folder)}
    variables = {k: v for k, v in variables.items() if k not in {"BOUNTY_TESTING", "DJANGO_SETTINGS_MODULE"}}
    if site.database and site.broker:
        variables |= {"DATABASE_URL": site.database, "BROKER_URL": site.broker.url}
    asked = [sys.executable, "manage.py", "shell", "-c", COMPARE]
    ran = subprocess.run(asked, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert ran.stdout.splitlines()[-1:] == [f"compared {len(GROUPS)} True 0"], ran.stderr
