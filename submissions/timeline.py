"""What happened to a submission, in order: from the record, its verdicts, its places in rounds, and roll backs."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final

from bounty.models import AuditEvent
from submissions.models import Reversal, Submission

# Of the record: what a submission's own people may read. Who acted is told by role at most, never by name.
_RECORDED: Final = {
    "submit": "sent",
    "cancel": "cancelled",
    "withdraw": "withdrawn",
    "rejudge": "sent_again",
    "give_up": "given_up",
}
_OF_ROUNDS: Final = ("entered_round", "sent_back", "tested", "certified", "merged")
KINDS: Final = (*_RECORDED.values(), "judged", *_OF_ROUNDS, "rolled_back", "returned")


@dataclass(frozen=True)
class Event:
    """One thing that happened; ``details`` by name, nothing of a hidden row."""

    at: dt.datetime
    kind: str
    details: dict[str, Any] = field(default_factory=dict)


def timeline(submission: Submission) -> list[Event]:
    """All of it, oldest first, in a constant number of queries."""
    found = [*_recorded(submission), *_verdicts(submission), *_rounds(submission), *_roll_backs(submission)]
    return sorted(found, key=lambda event: (event.at, KINDS.index(event.kind)))


def _recorded(submission: Submission) -> list[Event]:
    events = AuditEvent.objects.filter(
        competition=submission.competition_id, subject=f"submission:{submission.pk}", verb__in=_RECORDED
    )
    found = [Event(at, _RECORDED[verb]) for at, verb in events.values_list("at", "verb")]
    return found if any(event.kind == "sent" for event in found) else [Event(submission.sent_at, "sent"), *found]


def _verdicts(submission: Submission) -> list[Event]:
    return [
        Event(
            verdict.judged_at,
            "judged",
            {
                "version": verdict.version.number,
                "outcome": verdict.outcome,
                "code": verdict.code,
                "score": verdict.score,
                "attempt": verdict.attempt,
            },
        )
        for verdict in submission.verdicts.select_related("version")
    ]


def _rounds(submission: Submission) -> list[Event]:
    related = ("round", "version", "certificate__merge__after", "certificate__version")
    found = []
    for candidate in submission.candidacies.select_related(*related):
        number = candidate.round.number
        found.append(Event(candidate.round.opened_at, "entered_round", {"round": number}))
        if candidate.sent_back:
            at = candidate.round.finished_at or candidate.round.opened_at
            found.append(Event(at, "sent_back", {"round": number, "why": candidate.get_sent_back_display()}))
        if candidate.tested_at is not None:
            details = {"round": number, "t": candidate.t, "level": candidate.level, "passed": candidate.passed}
            found.append(Event(candidate.tested_at, "tested", details))
        if certificate := getattr(candidate, "certificate", None):
            found.append(Event(certificate.issued_at, "certified", {"digest": certificate.digest}))
            if merge := getattr(certificate, "merge", None):
                found.append(Event(merge.merged_at, "merged", {"version": merge.after.number}))
    return found


def _roll_backs(submission: Submission) -> list[Event]:
    """Those that took the patch out of the model, and those that brought it back; a withdrawal is in the record."""
    made = Reversal.objects.filter(competition=submission.competition_id, kind=Reversal.Kind.ROLL_BACK)
    found = []
    for each in made.select_related("after"):
        details = {"version": each.after.number}
        if submission.pk in each.left:
            found.append(Event(each.made_at, "rolled_back", details))
        elif submission.pk in each.returned:
            found.append(Event(each.made_at, "returned", details))
    return found
