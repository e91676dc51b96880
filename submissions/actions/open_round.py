"""Open a round: choose the candidates, fix their order, and send for a worker."""

from collections import Counter
from collections.abc import Iterable

from django.db import transaction

from bounty.actions.record import record
from bounty.errors import Fault, Refused
from bounty.models import Competition, HostedModelVersion, User
from bounty.policies import check_organises
from submissions import queue
from submissions.models import Candidate, Merge, Round, Submission, Verdict, Webhook
from submissions.records import record_of
from submissions.states import Status, move
from submissions.webhooks import tell_round, tell_status


def open_round(competition: Competition, *, by: User) -> Round:
    """The round, with at most ``candidates_per_round`` of a team and ``round_cap`` in all, best first.

    Teams whose record makes their evidence doubtful are tested after the others: early tests have the largest levels.

    Raises:
        Refused: the competition is not open, a round is under way, the board is not current, or nobody passed the gate.
    """
    check_organises(by, competition)
    return open_it(competition, actor=by)


def open_it(competition: Competition, *, actor: User | None) -> Round:
    """The same without asking who may: by the clock there is no actor."""
    with transaction.atomic():
        locked = Competition.objects.select_for_update(no_key=True).get(pk=competition.pk)
        _check_ready(locked)
        chosen = _chosen(locked)
        if not chosen:
            raise Refused(
                "NO_CANDIDATES",
                "No submission passes the gate now: none that is not yet tested has evidence at the .05 level.",
                fault=Fault.ORGANISER,
            )
        return begin_round(locked, chosen, actor=actor)


def begin_round(competition: Competition, chosen: list[Verdict], *, actor: User | None) -> Round:
    """The round over those candidates, in their order. The caller holds the competition's lock and a transaction."""
    opened = Round.objects.create(competition=competition, number=competition.rounds.count() + 1, opened_by=actor)
    at_close = competition.opening == Competition.Opening.CLOSE  # then all are tested on one version, fixed here
    Candidate.objects.bulk_create(
        Candidate(
            round=opened,
            submission=v.submission,
            position=i,
            provisional_score=v.score or 0.0,
            version=v.version if at_close else None,
        )
        for i, v in enumerate(chosen, start=1)
    )
    moved = move(Submission.objects.filter(pk__in=[v.submission_id for v in chosen]), Status.CANDIDATE)
    if moved != len(chosen):  # one was withdrawn between being chosen and being moved
        sentence = "A candidate was withdrawn just now; open the round again."
        raise Refused("CANDIDATES_CHANGED", sentence, fault=Fault.ORGANISER)
    tell_status([v.submission_id for v in chosen], Status.CANDIDATE)
    record(
        "open_round",
        subject=f"round:{opened.pk}",
        competition=competition,
        actor=actor,
        candidates=[v.submission_id for v in chosen],
    )
    tell_round(Webhook.Event.ROUND_OPENED, opened)
    queue.wake(queue.CERTIFY, opened.pk)
    return opened


def candidates(competition: Competition) -> list[Verdict]:
    """The verdicts that a round opened now would put to the test, in its order."""
    return _chosen(competition)


def _check_ready(competition: Competition) -> None:
    if competition.state != Competition.State.OPEN:
        raise Refused("COMPETITION_CLOSED", "Rounds are opened while a competition is open.", fault=Fault.ORGANISER)
    if competition.opening == Competition.Opening.CLOSE:
        raise Refused(
            "OPENED_AT_THE_CLOSE",
            "By its rules this competition opens the sealed split once, at the close: close it.",
            fault=Fault.ORGANISER,
        )
    if competition.rounds.filter(state=Round.State.CERTIFYING).exists():
        raise Refused("ROUND_UNDER_WAY", "A round is under way; wait until it has finished.", fault=Fault.ORGANISER)
    behind = Merge.objects.filter(competition=competition, rescored_at=None)
    if behind.exclude(given_up_at=None).exists():
        sentence = "Scoring the board against the newest version failed several times; have it tried again first."
        raise Refused("RESCORING_GIVEN_UP", sentence, fault=Fault.PLATFORM)
    if behind.exists():
        sentence = "The board is being scored against the newest version; try again in a moment."
        raise Refused("RESCORING", sentence, fault=Fault.ORGANISER)


def _chosen(competition: Competition) -> list[Verdict]:
    head = HostedModelVersion.objects.filter(competition=competition).latest()
    passing = (
        Verdict.objects.filter(version=head, passes_gate=True, submission__status=Status.SCORED)
        .select_related("submission", "version")
        .order_by("-score", "submission_id")
    )
    chosen = _capped(passing, per_team=competition.candidates_per_round, in_all=competition.round_cap)
    last = {team: record_of(team)[0].comes_last for team in {verdict.submission.team_id for verdict in chosen}}
    return sorted(chosen, key=lambda verdict: last[verdict.submission.team_id])  # stable: best first among each


def _capped(verdicts: Iterable[Verdict], *, per_team: int, in_all: int) -> list[Verdict]:
    """Best first, at most so many a team and in all; of equal pairs only the one sent first."""
    taken: Counter[int] = Counter()
    seen: set[str] = set()
    chosen: list[Verdict] = []
    for verdict in verdicts:
        submission = verdict.submission
        if taken[submission.team_id] >= per_team or submission.pair_digest in seen:
            continue
        taken[submission.team_id] += 1
        seen.add(submission.pair_digest)
        chosen.append(verdict)
    return chosen[:in_all]
