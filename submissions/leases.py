"""Claims on rows: taken by compare-and-set, kept by a heartbeat, numbered so that a late writer is refused."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, models
from django.db.models import F, Q

from bounty import clock
from submissions.models import Merge, RescorePart, Round, Settlement, Submission
from submissions.models.leased import Leased
from submissions.states import Status, move

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """That this worker, and no other, works on the row. ``fence`` is part of every later write's filter."""

    model: type[Leased]
    pk: int
    fence: int

    def rows(self) -> "models.QuerySet[Any]":
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
    return _claim(Round.objects.filter(state=Round.State.CERTIFYING, given_up_at=None), pk)


def claim_rescoring(pk: int) -> Claim | None:
    """Take a merge after which the stored pairs are still to be scored."""
    return _claim(unscored(), pk)


def unscored() -> "models.QuerySet[Merge]":
    """Those after which the board is to be scored now: not while other workers count parts of the holdout for it."""
    being_counted = RescorePart.objects.filter(counts=None).values("merge")
    return Merge.objects.filter(rescored_at=None, given_up_at=None).exclude(pk__in=being_counted)


def claim_part(pk: int) -> Claim | None:
    """Take a part of a holdout that nobody counts."""
    return _claim(RescorePart.objects.filter(counts=None), pk)


def claim_settlement(pk: int) -> Claim | None:
    """Take a closing competition that nobody settles."""
    return _claim(unsettled(), pk)


def unsettled() -> "models.QuerySet[Settlement]":
    """Those to be settled now: not while the sealed split is being opened, once, at the close."""
    being_opened = Round.objects.filter(state=Round.State.CERTIFYING).values("competition")
    return Settlement.objects.filter(finished_at=None, given_up_at=None).exclude(competition__in=being_opened)


def unclaimed() -> Q:
    """That nobody holds the row, or who did fell silent."""
    return Q(lease_until=None) | Q(lease_until__lt=clock.now())


def _claim(undone: "models.QuerySet[Any]", pk: int) -> Claim | None:
    lease = clock.later(settings.LEASE_S)
    taken = undone.filter(unclaimed(), pk=pk).update(
        fence=F("fence") + 1, attempts=F("attempts") + 1, lease_until=lease
    )
    return _claimed(undone.model, pk) if taken == 1 else None


def _claimed(model: type[Leased], pk: int) -> Claim:
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
