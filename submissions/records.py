"""A team's record with the sealed split: how far its holdout evidence is believed when its next test is predicted."""

from dataclasses import dataclass
from typing import Final

from scoring.rounds import LEAST_Q
from scoring.trust import Record
from submissions.models import Candidate, Submission
from submissions.states import Status

TOLD_NOTHING: Final = (Status.CANCELLED, Status.FAILED)  # no verdict came of them; refused ones told something too


@dataclass(frozen=True)
class TeamStanding:
    """A team's ``record`` before a test; its candidates ``asked_in_round`` so far, and the rounds since its last test,
    None where it never had one."""

    record: Record
    asked_in_round: int
    rounds_since: int | None

    def is_asked(self, chance: float) -> bool:
        """Whether the round asks for a candidate that passes with that ``chance``, as the holdout predicts."""
        return self.record.is_asked(chance, asked_in_round=self.asked_in_round, rounds_since=self.rounds_since)


def standing_of(candidate: Candidate) -> TeamStanding:
    """What is known of the candidate's team before its test."""
    record, rounds = record_of(candidate.submission.team_id)
    number = candidate.round.number
    return TeamStanding(record, rounds.count(number), number - rounds[-1] if rounds else None)


def record_of(team_id: int) -> tuple[Record, list[int]]:
    """A team's record: its submissions that told it something, and its sealed tests in their order; and the number of
    each test's round.

    All of it is public before a test, so that a prediction made from it is one the ledger may charge by.
    """
    record, rounds = Record(Submission.objects.filter(team=team_id).exclude(status__in=TOLD_NOTHING).count()), []
    tests = Candidate.objects.filter(submission__team=team_id, passed__isnull=False, q__isnull=False).order_by("t")
    for earlier in tests.select_related("round"):
        predicted = earlier.q if earlier.chance is None else earlier.chance  # tests of old stored q alone
        record = record.after(predicted or LEAST_Q, passed=bool(earlier.passed))
        rounds.append(earlier.round.number)
    return record, rounds
