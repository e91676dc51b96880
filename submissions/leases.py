"""Claims on rows: taken by compare-and-set, kept by a heartbeat, numbered so that a late writer is refused."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection, models
from django.db.models import F, Q

from bounty import clock
from submissions.models import Round, Submission
from submissions.states import Status, move

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """That this worker, and no other, works on the row. ``fence`` is part of every later write's filter."""

    model: type[models.Model]
    pk: int
    fence: int

    def rows(self) -> "models.QuerySet[models.Model]":
        """The row, if it is still ours."""
        return self.model._default_manager.filter(pk=self.pk, fence=self.fence)


def claim_submission(pk: int) -> Claim | None:
    """Take a queued submission, or one whose worker fell silent. None when there is nothing to take."""
    now = clock.now()
    free = Q(status=Status.QUEUED, next_attempt_at__lte=now) | Q(status=Status.JUDGING, lease_until__lt=now)
    taken = move(
        Submission.objects.filter(free, pk=pk),
        Status.JUDGING,
        fence=F("fence") + 1,
        attempts=F("attempts") + 1,
        lease_until=clock.later(settings.LEASE_S),
        worker=worker_name(),
        waits_for="",
    )
    return _claimed(Submission, pk) if taken == 1 else None


def claim_round(pk: int) -> Claim | None:
    """Take an open round that nobody works on."""
    free = Q(lease_until=None) | Q(lease_until__lt=clock.now())
    taken = Round.objects.filter(free, pk=pk, state=Round.State.CERTIFYING).update(
        fence=F("fence") + 1, attempts=F("attempts") + 1, lease_until=clock.later(settings.LEASE_S)
    )
    return _claimed(Round, pk) if taken == 1 else None


def _claimed(model: type[Submission] | type[Round], pk: int) -> Claim:
    # Between the update and this read nobody else can claim the row: its lease has only just begun.
    return Claim(model, pk, model._default_manager.values_list("fence", flat=True).get(pk=pk))


@contextmanager
def heartbeat(claim: Claim) -> Iterator[None]:
    """Keep the lease alive while the block runs, from a thread of its own."""
    done = threading.Event()
    thread = threading.Thread(target=_beat, args=(claim, done), name=f"heartbeat-{claim.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _beat(claim: Claim, done: threading.Event) -> None:
    """Prolong the lease until done, or until the claim is another's. A database that is briefly away ends neither."""
    while not done.wait(settings.LEASE_S / 3):
        try:
            if claim.rows().update(lease_until=clock.later(settings.LEASE_S)) == 0:
                return
        except DatabaseError:
            log.warning("A heartbeat of %s %s was not written.", claim.model.__name__, claim.pk, exc_info=True)
        finally:
            connection.close()  # between beats it is of no use; where there is a pool, others need it


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
