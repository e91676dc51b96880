"""Do what the clock asks for: open rounds at their times, close competitions at their end."""

import logging
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
LATER: Final = frozenset({"ROUND_UNDER_WAY", "RESCORING", "CANDIDATES_CHANGED"})  # ends by itself, and soon


def keep_the_schedule() -> None:
    """Every worker's relay may do this at once: a moment is kept once, under the competition's lock."""
    for moment in RoundTime.objects.filter(done_at=None, at__lte=clock.now()).select_related("competition"):
        keep_round_time(moment)
    ended = Competition.objects.filter(state=Competition.State.OPEN, closes_at__lte=clock.now())
    for competition in ended:
        _close(competition)


def keep_round_time(moment: RoundTime) -> None:
    """Open the round, or write why there is none. What was sent in time is judged first; a later turn finds it so."""
    if _sent_in_time(moment).exists():
        return
    try:
        with transaction.atomic():
            Competition.objects.select_for_update(no_key=True).get(pk=moment.competition_id)
            if RoundTime.objects.filter(pk=moment.pk, done_at=None).update(done_at=clock.now()) == 1:
                open_it(moment.competition, actor=None)
    except BountyError as reason:
        if reason.code not in LATER:
            _pass_over(moment, reason.code)


def _sent_in_time(moment: RoundTime) -> "models.QuerySet[Submission]":
    """What a worker is about to judge; not what waits for a sandbox, which nobody knows to come."""
    waiting = Submission.objects.filter(competition=moment.competition_id, status__in=WAITING, waits_for="")
    return waiting.filter(sent_at__lte=moment.at)


def _pass_over(moment: RoundTime, code: str) -> None:
    with transaction.atomic():
        undone = RoundTime.objects.filter(pk=moment.pk, done_at=None)
        if undone.update(done_at=clock.now(), outcome=code) == 1:
            subject = f"competition:{moment.competition_id}"
            record("pass_over_round", subject=subject, competition=moment.competition, code=code)


def _close(competition: Competition) -> None:
    """Close what has ended, once its last round is over; until then nothing is taken anyway."""
    if RoundTime.objects.filter(competition=competition, done_at=None, at__lte=competition.closes_at).exists():
        return
    try:
        close(competition, actor=None)
    except BountyError as reason:
        log.info("Competition %s does not close yet: %s", competition.pk, reason.code)
