"""What asks for somebody on duty: one set of conditions for the filters of lists and for the admin's first page."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db.models import F, Min, Q
from django.urls import reverse
from django.utils.http import urlencode

from bounty import clock
from bounty.admin.filters import Conditions
from submissions.models import Merge, Round, Settlement, Submission
from submissions.states import Status

DAY: Final = dt.timedelta(days=1)
LONG: Final = dt.timedelta(minutes=10)  # that a submission waits for a worker: then workers are missing


@dataclass(frozen=True)
class Concern:
    """How many rows, what is with them, and the list that shows them."""

    count: int
    sentence: str
    address: str


SUBMISSIONS: Final[Conditions] = {
    "sandbox": ("waiting for a sandbox", lambda: Q(status=Status.QUEUED) & ~Q(waits_for="")),
    "long": ("queued for long", lambda: Q(status=Status.QUEUED, next_attempt_at__lt=clock.now() - LONG)),
    "stuck": ("stuck: the lease ran out", lambda: Q(status=Status.JUDGING, lease_until__lt=clock.now())),
    "failed": ("failed by the platform", lambda: Q(status=Status.FAILED)),
    "failed-today": (
        "failed by the platform in the last 24 hours",
        lambda: Q(status=Status.FAILED, finished_at__gte=clock.now() - DAY),
    ),
}
ROUNDS: Final[Conditions] = {
    "running": ("being certified", lambda: Q(state=Round.State.CERTIFYING)),
    "stuck": ("stuck: the lease ran out", lambda: Q(state=Round.State.CERTIFYING, lease_until__lt=clock.now())),
    "given-up": ("given up", lambda: Q(state=Round.State.CERTIFYING) & ~Q(given_up_at=None)),
    "abandoned": ("abandoned", lambda: Q(state=Round.State.ABANDONED)),
}


def work(done: str) -> Conditions:
    """Of rows that a worker finishes once, at the time in the field ``done``."""
    undone = {done: None}
    return {
        "given-up": ("given up", lambda: Q(**undone) & ~Q(given_up_at=None)),
        "stuck": ("stuck: the lease ran out", lambda: Q(**undone, given_up_at=None, lease_until__lt=clock.now())),
        "waiting": ("waiting or being done", lambda: Q(**undone, given_up_at=None)),
        "done": ("done", lambda: ~Q(**undone)),
    }


MERGES: Final = work("rescored_at")
SETTLEMENTS: Final = work("finished_at")


def concerns() -> list[Concern]:
    """What is not zero, in a handful of counts."""
    asked = (
        (Merge, MERGES, "given-up", "Merges whose re-scoring was given up"),
        (Settlement, SETTLEMENTS, "given-up", "Closes that were given up"),
        (Round, ROUNDS, "given-up", "Openings at the close that were given up"),
        (Round, ROUNDS, "stuck", "Rounds whose worker fell silent"),
        (Submission, SUBMISSIONS, "failed-today", "Submissions failed by the platform in the last 24 hours"),
        (Submission, SUBMISSIONS, "stuck", "Submissions whose worker fell silent"),
        (Submission, SUBMISSIONS, "sandbox", "Submissions waiting for a sandbox"),
    )
    found = [
        Concern(model._default_manager.filter(conditions[name][1]()).count(), sentence, _address(model, name))
        for model, conditions, name, sentence in asked
    ]
    return [concern for concern in found if concern.count]


def oldest_wait() -> dt.datetime | None:
    """Since when the oldest submission that is due waits for a worker; None while none waits."""
    due = Submission.objects.filter(status=Status.QUEUED, next_attempt_at__lte=clock.now())
    oldest: dt.datetime | None = due.aggregate(oldest=Min(F("next_attempt_at")))["oldest"]
    return oldest


def queue_address() -> str:
    """The list of what waits, the oldest last."""
    return f"{reverse('admin:submissions_submission_changelist')}?{urlencode({'status__exact': Status.QUEUED})}"


def _address(model: type[Merge] | type[Settlement] | type[Round] | type[Submission], name: str) -> str:
    return f"{reverse(f'admin:submissions_{model._meta.model_name}_changelist')}?{urlencode({'attention': name})}"
