"""Send for workers on behalf of every row that waits, and take back what a dead worker held.

This is the sweeper and, for the embedded queue, also the only sender: the same few queries, from time to time, in a
thread of every worker. No scheduler stands beside the workers (celery beat, say): it would be one more program that can
die, its ticks would go through the broker that may just have lost everything, and would wait behind long tasks. Several
relays do not get in each other's way: each change they make is a compare-and-set.
"""

import logging
import threading
from typing import Any, Final

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Q

from bounty import clock
from bounty.models import Competition
from submissions import queue
from submissions.actions.abandon_round import abandon_round
from submissions.actions.give_up import give_up
from submissions.actions.give_up_work import give_up_work
from submissions.actions.keep_the_schedule import keep_the_schedule
from submissions.actions.recount_part import give_up_part
from submissions.leases import unclaimed, unscored, unsettled
from submissions.models import RescorePart, Round, Submission
from submissions.states import Status
from submissions.turns import Turns

log = logging.getLogger(__name__)
LOOK_AHEAD: Final = 500  # of the rows that wait, so many of the oldest are sent for: a backlog must not fill the broker


def relay() -> int:
    """Recover silent claims, send for a worker for each row that is due, and do what the clock asks for. Returns how
    many were sent."""
    recover()
    sent = sum(_wake(task, rows) for task, rows in _due())
    keep_the_schedule()
    return sent


def take_over() -> None:
    """At the start of the only worker of an embedded queue: nothing is in flight, whatever the rows say.

    A worker that was killed held leases and messages; both went with it. Fencing refuses what it may still write.
    """
    now = clock.now()
    Submission.objects.filter(status=Status.QUEUED).update(woken_at=None)
    Submission.objects.filter(status=Status.JUDGING).update(lease_until=now)
    for work in _other_work().values():
        work.filter(lease_until__isnull=False).update(lease_until=now)
        work.update(woken_at=None)


def keep_relaying(stop: threading.Event) -> None:
    """Relay until told to stop. A database that is briefly away must not end the thread that all work hangs on."""
    turns = Turns()
    while not stop.wait(settings.RELAY_EVERY_S):
        try:
            if turns.is_due():
                relay()
        except Exception:
            # A task boundary: a database or a broker that is away for a moment must not end what all work hangs on.
            log.exception("The relay failed; it goes on.")
            connection.close()
    connection.close()


def recover() -> None:
    """Queue again what a silent worker held; after the last attempt it ends as a platform fault."""
    _recover_submissions()
    # Other work needs no queueing: its lease having run out is what makes it due again.
    spent = Q(lease_until__lt=clock.now(), attempts__gte=settings.MAX_ATTEMPTS)
    for task, work in _other_work().items():
        for pk, fence in work.filter(spent).values_list("pk", "fence"):
            if task == queue.RECOUNT:
                give_up_part(pk, fence=fence)
            elif task != queue.CERTIFY or _is_the_only_one(pk):
                give_up_work(work.model, pk, fence=fence)
            else:
                abandon_round(pk, fence=fence)


def _is_the_only_one(round_id: int) -> bool:
    """Whether the round is the opening of the sealed split at the close: abandoned, there would be no other."""
    return Round.objects.filter(pk=round_id, competition__opening=Competition.Opening.CLOSE).exists()


def _other_work() -> "dict[str, models.QuerySet[Any]]":
    """What is to be done besides judging, claimed or not."""
    return {
        queue.CERTIFY: Round.objects.filter(state=Round.State.CERTIFYING, given_up_at=None),
        queue.RESCORE: unscored(),
        queue.RECOUNT: RescorePart.objects.filter(counts=None),
        queue.SETTLE: unsettled(),
    }


def _recover_submissions() -> None:
    silent = Submission.objects.filter(status=Status.JUDGING, lease_until__lt=clock.now())
    for pk, fence, attempts in silent.values_list("pk", "fence", "attempts"):
        with transaction.atomic():
            if attempts >= settings.MAX_ATTEMPTS:
                give_up(pk, fence=fence, code="WORKER_LOST")
            else:
                silent.filter(pk=pk, fence=fence).update(
                    status=Status.QUEUED, lease_until=None, woken_at=None, fence=fence + 1
                )


def _due() -> list[tuple[str, "models.QuerySet[Any]"]]:
    queued = Submission.objects.filter(status=Status.QUEUED, next_attempt_at__lte=clock.now())
    return [(queue.JUDGE, queued), *((task, work.filter(unclaimed())) for task, work in _other_work().items())]


def _wake(task: str, rows: "models.QuerySet[Any]") -> int:
    unanswered = Q(woken_at=None) | Q(woken_at__lt=clock.later(-settings.RESEND_AFTER_S))
    oldest = rows.order_by("pk").values("pk")[:LOOK_AHEAD]
    due = rows.model._default_manager.filter(unanswered, pk__in=oldest).order_by("pk").values_list("pk", flat=True)
    sent = 0
    for pk in list(due):
        if rows.filter(unanswered, pk=pk).update(woken_at=clock.now()) == 1:  # by this relay, and no other
            queue.send(task, pk)
            sent += 1
    return sent
