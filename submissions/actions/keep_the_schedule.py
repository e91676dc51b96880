"""Do what the clock asks for: open rounds at their times, close competitions at their end."""

import datetime as dt
import logging
from functools import partial
from typing import Final

from django.db import models, transaction

from bounty import clock
from bounty.actions.record import record
from bounty.errors import BountyError
from bounty.models import Competition, RoundTime
from submissions.actions.close_competition import close
from submissions.actions.open_round import open_it
from submissions.models import Submission
from submissions.states import WAITING

log = logging.getLogger(__name__)
# Ends by itself, and soon; or when somebody has tried again what was given up, for which the close waits too.
LATER: Final = frozenset({"ROUND_UNDER_WAY", "RESCORING", "RESCORING_GIVEN_UP", "CANDIDATES_CHANGED"})


def keep_the_schedule() -> None:
    """Every worker's relay may do this at once: a moment is kept once, under the competition's lock."""
    due = RoundTime.objects.filter(done_at=None, at__lte=clock.now()).select_related("competition")
    ended = Competition.objects.filter(state=Competition.State.OPEN, closes_at__lte=clock.now())
    for act in (*(partial(keep_round_time, moment) for moment in due), *(partial(_close, one) for one in ended)):
        try:
            act()
        except Exception:
            # A task boundary: what one competition breaks on must not keep the others from their times.
            log.exception("A schedule was not kept: %s", act.args)


def keep_round_time(moment: RoundTime) -> None:
    """Open the round, or write why there is none. What was sent in time is judged first; a later turn finds it so."""
    if _being_judged(moment.competition, moment.at).exists():
        return
    try:
        with transaction.atomic():
            Competition.objects.select_for_update(no_key=True).get(pk=moment.competition_id)
            if RoundTime.objects.filter(pk=moment.pk, done_at=None).update(done_at=clock.now()) == 1:
                open_it(moment.competition, actor=None)
    except BountyError as reason:
        if reason.code not in LATER:
            _pass_over(moment, reason.code)


def _being_judged(competition: Competition, until: dt.datetime) -> "models.QuerySet[Submission]":
    """What was sent in time and a worker is about to judge; not what waits for a sandbox, which may never come."""
    waiting = Submission.objects.filter(competition=competition, status__in=WAITING, waits_for="")
    return waiting.filter(sent_at__lte=until)


def _pass_over(moment: RoundTime, code: str) -> None:
    with transaction.atomic():
        undone = RoundTime.objects.filter(pk=moment.pk, done_at=None)
        if undone.update(done_at=clock.now(), outcome=code) == 1:
            subject = f"competition:{moment.competition_id}"
            record("pass_over_round", subject=subject, competition=moment.competition, code=code)


def _close(competition: Competition) -> None:
    """Close what has ended, once its last round is over; until then nothing is taken anyway."""
    end = competition.closes_at or clock.now()
    if RoundTime.objects.filter(competition=competition, done_at=None, at__lte=end).exists():
        return
    if competition.opening == Competition.Opening.CLOSE and _being_judged(competition, end).exists():
        return  # the one opening of the sealed split is at the close: what was sent in time is part of it
    try:
        close(competition, actor=None)
    except BountyError as reason:
        log.info("Competition %s does not close yet: %s", competition.pk, reason.code)
