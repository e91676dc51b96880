"""Set a time at which a round opens by itself, or take it off again."""

import datetime as dt

from django.db import IntegrityError, transaction

from bounty import clock
from bounty.actions.record import record
from bounty.errors import Fault, Refused
from bounty.models import Competition, RoundTime, User
from bounty.policies import check_organises


def schedule_round(competition: Competition, *, at: dt.datetime, by: User) -> RoundTime:
    """The time; at it a worker opens a round, once what was sent before is judged.

    Raises:
        NotAllowed: for anyone but the organiser and staff.
        Refused: for a time that has passed, lies after the close or is set already, and when the competition has ended.
    """
    check_organises(by, competition)
    if competition.state not in {Competition.State.DRAFT, Competition.State.OPEN}:
        raise Refused("COMPETITION_CLOSED", "This competition opens no more rounds.", fault=Fault.ORGANISER)
    if competition.opening == Competition.Opening.CLOSE:
        sentence = "By its rules this competition opens the sealed split once, at the close: no round is set."
        raise Refused("OPENED_AT_THE_CLOSE", sentence, fault=Fault.ORGANISER)
    if at <= clock.now():
        raise Refused("TIME_PASSED", "This time has passed; set a later one.", fault=Fault.ORGANISER, field="at")
    if competition.closes_at is not None and at > competition.closes_at:
        sentence = "The competition has closed by then; a round at the very end is the last that may be set."
        raise Refused("AFTER_THE_CLOSE", sentence, fault=Fault.ORGANISER, field="at")
    try:
        with transaction.atomic():
            moment = RoundTime.objects.create(competition=competition, at=at)
            subject = f"competition:{competition.pk}"
            record("schedule_round", subject=subject, competition=competition, actor=by, at=at.isoformat())
    except IntegrityError as error:
        raise Refused("TIME_SET", "A round is set for this time already.", fault=Fault.ORGANISER, field="at") from error
    return moment


def unschedule_round(moment: RoundTime, *, by: User) -> None:
    """Take a time off that has not come. Raises Refused where it has."""
    check_organises(by, moment.competition)
    with transaction.atomic():
        gone, _ = RoundTime.objects.filter(pk=moment.pk, done_at=None).delete()
        if gone != 1:
            raise Refused("TIME_PASSED", "The time of this round has come.", fault=Fault.ORGANISER)
        subject, at = f"competition:{moment.competition_id}", moment.at.isoformat()
        record("unschedule_round", subject=subject, competition=moment.competition, actor=by, at=at)
