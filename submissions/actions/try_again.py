"""Have work done after all that several workers began and none finished."""

from typing import Final

from django.db import transaction

from bounty.actions.record import record
from bounty.errors import Fault, Refused
from bounty.models import Competition, User
from bounty.policies import check_organises
from submissions import queue
from submissions.models import Merge, Round, Settlement

TASKS: Final = {Merge: queue.RESCORE, Round: queue.CERTIFY, Settlement: queue.SETTLE}


def given_up(competition: Competition) -> list[Merge | Round | Settlement]:
    """What of the competition waits for somebody to say so."""
    merges = Merge.objects.filter(competition=competition, rescored_at=None).exclude(given_up_at=None)
    rounds = Round.objects.filter(competition=competition, state=Round.State.CERTIFYING).exclude(given_up_at=None)
    settlements = Settlement.objects.filter(competition=competition, finished_at=None).exclude(given_up_at=None)
    return [*merges, *rounds, *settlements]


def try_again(competition: Competition, *, by: User) -> int:
    """Give what was given up fresh attempts, and send for workers; returns how many."""
    check_organises(by, competition)
    with transaction.atomic():
        locked = Competition.objects.select_for_update(no_key=True).get(pk=competition.pk)
        stopped = given_up(locked)
        if not stopped:
            raise Refused("NOTHING_GIVEN_UP", "Nothing waits to be tried again.", fault=Fault.ORGANISER)
        for work in stopped:
            work.given_up_at, work.attempts, work.woken_at = None, 0, None
            work.save(update_fields=["given_up_at", "attempts", "woken_at"])
            queue.wake(TASKS[type(work)], work.pk)
        record("try_again", subject=f"competition:{locked.pk}", competition=locked, actor=by, works=len(stopped))
    return len(stopped)
