"""What is told to whom: messages are rows, written in the transaction of what they tell."""

import secrets
from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Q

from bounty import clock
from bounty.models import Competition, HostedModelVersion
from bounty.policies import sees
from submissions.models import Certificate, Delivery, Round, Submission, Verdict, Webhook
from submissions.states import Status

Event = Webhook.Event
TEST: Final = "test"  # sent by hand alone, whatever a webhook listens to
_API: Final = "/api/v1"


def tell_verdict(verdict: Verdict, submission: Submission) -> None:
    """That a submission was judged; its numbers are read where it lies."""
    _tell_of(submission, Event.VERDICT, {"outcome": verdict.outcome, "code": verdict.code})


def tell_status(submissions: Iterable[int], status: Status) -> None:
    """What became of judged submissions: their streams have ended with the verdict."""
    for submission in Submission.objects.filter(pk__in=list(submissions)).select_related("competition").order_by("pk"):
        _tell_of(submission, Event.STATUS, {"status": status.value})


def tell_certificate(certificate: Certificate, submission: Submission) -> None:
    _tell_of(submission, Event.CERTIFICATE, {"certificate": certificate.digest})


def tell_version(version: HostedModelVersion) -> None:
    slug = version.competition.slug
    told = {"version": version.number, "address": f"{_API}/competitions/{slug}/versions/{version.number}"}
    _tell(Event.VERSION, version.competition, told)


def tell_round(event: Webhook.Event, held: Round) -> None:
    told = {"round": held.number, "address": f"{_API}/competitions/{held.competition.slug}/rounds"}
    _tell(event, held.competition, told)


def tell_close(competition: Competition) -> None:
    _tell(Event.CLOSED, competition, {"address": f"{_API}/competitions/{competition.slug}"})


def message(webhook: Webhook, event: str, told: dict[str, Any]) -> Delivery:
    """One message to one address, not yet saved."""
    now = clock.now()
    payload = {"type": event, "timestamp": now.isoformat(), "data": {"competition": webhook.competition.slug} | told}
    return Delivery(webhook=webhook, message=f"msg_{secrets.token_hex(12)}", event=event, payload=payload, made_at=now)


def _tell_of(submission: Submission, event: str, told: dict[str, Any]) -> None:
    # Read anew: the team may have become part of another since the submission was taken up.
    team: int = Submission.objects.values_list("team_id", flat=True).get(pk=submission.pk)
    about = {"submission": submission.pk, "team": team, "address": f"{_API}/submissions/{submission.pk}"}
    _tell(event, submission.competition, about | told, team=team)


def _tell(event: str, competition: Competition, told: dict[str, Any], *, team: int | None = None) -> None:
    """To the organiser's addresses, and to those of the team it concerns, or of every team."""
    listening = Webhook.objects.listening().filter(competition=competition).select_related("team", "competition")
    concerned = listening if team is None else listening.filter(Q(team=None) | Q(team_id=team))
    heard = [webhook for webhook in concerned if event in webhook.events and _may_know(webhook)]
    Delivery.objects.bulk_create([message(webhook, event, told) for webhook in heard])


def _may_know(webhook: Webhook) -> bool:
    """Whether anybody of the team may see the competition still: a private one may have shut them out."""
    if webhook.team is None or webhook.competition.visibility == Competition.Visibility.PUBLIC:
        return True
    return any(sees(member.user, webhook.competition) for member in webhook.team.present())
