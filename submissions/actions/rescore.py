"""Score every stored pair against the newest version; nobody's code is run."""

from django.db import transaction

from bounty import clock, evidence
from bounty.models import Competition, HostedModelVersion
from submissions.leases import claim_rescoring, heartbeat
from submissions.models import Merge, Submission, Verdict
from submissions.pairs import hidden_pair
from submissions.sentences import sentence_of
from submissions.states import SCORED


def rescore(merge_id: int) -> None:
    """Bring the board up to the head if nobody else does. A worker that dies in between leaves less to do: a verdict
    exists once per submission, attempt and version."""
    claim = claim_rescoring(merge_id)
    if claim is None:
        return
    with heartbeat(claim):
        competition = Competition.objects.get(merges__pk=merge_id)
        while not _score_all(competition):
            pass  # a merge, or a change backwards, published a newer version meanwhile: that one counts


def _score_all(competition: Competition) -> bool:
    """Whether the board is current. Versions that were overtaken before their turn are passed over."""
    head = HostedModelVersion.objects.filter(competition=competition).latest()
    missing = (
        Submission.objects.filter(competition=competition, status__in=SCORED)
        .exclude(verdicts__version=head)
        .select_related("competition")
        .order_by("pk")
    )
    for submission in missing.iterator(chunk_size=100):
        Verdict.objects.bulk_create([_verdict(submission, head)], ignore_conflicts=True)
    with transaction.atomic():
        Competition.objects.select_for_update(no_key=True).get(pk=competition.pk)  # nothing is published meanwhile
        if HostedModelVersion.objects.filter(competition=competition).latest() != head:
            return False
        Merge.objects.filter(competition=competition, rescored_at=None).update(
            rescored_at=clock.now(), given_up_at=None, lease_until=None
        )
    return True


def _verdict(submission: Submission, head: HostedModelVersion) -> Verdict:
    found = evidence.provisional(submission.competition, head, hidden_pair(submission), seed=submission.seed)
    return Verdict(
        submission=submission,
        attempt=submission.fence,
        version=head,
        outcome=Verdict.Outcome.SCORED,
        code="SCORED",
        sentence=sentence_of("SCORED"),
        numbers=found.numbers,
        score=found.score,
        passes_gate=found.passes_gate,
    )
