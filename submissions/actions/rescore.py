"""Score every stored pair against the newest version; nobody's code is run."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from django.conf import settings
from django.db import transaction

from bounty import clock, evidence, recount
from bounty.evidence import Provisional
from bounty.models import Competition, HostedModelVersion
from submissions.actions.recount_part import added_up, cut_up, digests, unscored_against
from submissions.leases import Claim, claim_rescoring, heartbeat
from submissions.models import Merge, RescorePart, Submission, Verdict
from submissions.pairs import hidden_pair
from submissions.sentences import sentence_of

BATCH: Final = 500  # verdicts that are written at once


def rescore(merge_id: int) -> None:
    """Bring the board up to the head if nobody else does. A worker that dies in between leaves less to do: a verdict
    exists once per submission, attempt and version."""
    claim = claim_rescoring(merge_id)
    if claim is None:
        return
    with heartbeat(claim):
        competition = Competition.objects.get(merges__pk=merge_id)
        while not _score_all(claim, competition):
            pass  # a merge, or a change backwards, published a newer version meanwhile: that one counts


def _score_all(claim: Claim, competition: Competition) -> bool:
    """Whether nothing is left to do here: the board is current, or a large holdout was left to others, part by part.
    Versions that were overtaken before their turn are passed over."""
    head = HostedModelVersion.objects.filter(competition=competition).latest()
    missing = unscored_against(competition, head)
    if not recount.can_recount(competition):
        for submission in missing.iterator(chunk_size=100):
            _write([submission], [_by_itself(submission, head)], head)
    elif not _recount(claim, competition, head, list(missing)):
        return True
    with transaction.atomic():
        Competition.objects.select_for_update(no_key=True).get(pk=competition.pk)  # nothing is published meanwhile
        if HostedModelVersion.objects.filter(competition=competition).latest() != head:
            return False
        Merge.objects.filter(competition=competition, rescored_at=None).update(
            rescored_at=clock.now(), given_up_at=None, lease_until=None
        )
        RescorePart.objects.filter(merge__competition=competition).delete()
    return True


def _recount(claim: Claim, competition: Competition, head: HostedModelVersion, missing: Sequence[Submission]) -> bool:
    """Score all from one pass over their masks; False where a large holdout was left to others, part by part."""
    found = added_up(claim.pk, head)
    if found is None and missing and recount.holdout_size(competition) > settings.RESCORE_PART_ROWS:
        cut_up(claim, competition, head)
        return False
    counted = found or {}
    new = [submission for submission in missing if submission.pk not in counted]
    counted |= dict(zip((s.pk for s in new), recount.count(competition, head, digests(new)), strict=True))
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        counts = np.stack([counted[submission.pk] for submission in batch])
        _write(batch, recount.figures(competition, head, counts), head)
    return True


def _by_itself(submission: Submission, head: HostedModelVersion) -> Provisional:
    return evidence.provisional(submission.competition, head, hidden_pair(submission), seed=submission.seed)


def _write(
    submissions: Sequence[Submission], figures: Iterator[Provisional] | Sequence[Provisional], head: HostedModelVersion
) -> None:
    verdicts = [_verdict(submission, head, found) for submission, found in zip(submissions, figures, strict=True)]
    Verdict.objects.bulk_create(verdicts, ignore_conflicts=True)


def _verdict(submission: Submission, head: HostedModelVersion, found: Provisional) -> Verdict:
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
