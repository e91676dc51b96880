"""Count every stored pair on one part of a large holdout, after a merge: cut up, counted by any worker, added up.

The rows are the truth here too. Whole numbers add up to the same however the holdout was cut, a part is written once,
by the worker whose claim is the newest, and what a dead worker had begun is counted again by another.
"""

from collections.abc import Sequence

import numpy as np
from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from numpy.typing import NDArray

from bounty import recount
from bounty.models import Competition, HostedModelVersion
from scoring.pair_counts import MASKS, PLANES
from submissions import queue
from submissions.actions.give_up_work import give_up_work
from submissions.leases import Claim, claim_part, heartbeat
from submissions.models import Merge, RescorePart, Submission
from submissions.states import SCORED

Counts = dict[int, NDArray[np.int64]]  # of a submission's pair: (2, 4)


def recount_part(part_id: int) -> None:
    """Count the part if nobody else does; whoever counts the last one sends for the worker that adds them up."""
    claim = claim_part(part_id)
    if claim is None:
        return
    with heartbeat(claim):
        part = RescorePart.objects.select_related("merge__competition", "version").get(pk=part_id)
        submissions = list(unscored_against(part.merge.competition, part.version))
        rows = slice(part.first_row, part.end_row)
        found = recount.count(part.merge.competition, part.version, digests(submissions), rows=rows)
        with transaction.atomic():
            if claim.rows().update(counts=_packed(submissions, found), lease_until=None) == 1:
                _wake_the_merge(part.merge_id)


def cut_up(claim: Claim, competition: Competition, version: HostedModelVersion) -> bool:
    """Leave the merge's rescoring to parts, and send for workers; False where the claim is another's by now."""
    step = -(-settings.RESCORE_PART_ROWS // 8) * 8  # whole bytes of masks
    size = recount.holdout_size(competition)
    with transaction.atomic():
        freed = claim.rows().update(fence=F("fence") + 1, attempts=0, lease_until=None, woken_at=None)
        if freed != 1:
            return False
        RescorePart.objects.filter(merge=claim.pk).delete()  # of a version that was overtaken
        for start in range(0, size, step):
            part = RescorePart(merge_id=claim.pk, version=version, first_row=start, end_row=min(start + step, size))
            part.save()
            queue.wake(queue.RECOUNT, part.pk)
    return True


def added_up(merge_id: int, version: HostedModelVersion) -> Counts | None:
    """The counts over the whole holdout of the pairs that every part has counted; None where it was not cut up."""
    parts = list(RescorePart.objects.filter(merge=merge_id, version=version))
    if not parts:
        return None
    counted = [_unpacked(part) for part in parts]
    everywhere = set.intersection(*(set(each) for each in counted))
    return {pk: sum((each[pk] for each in counted), np.zeros((MASKS, PLANES), dtype=np.int64)) for pk in everywhere}


def give_up_part(part_id: int, *, fence: int) -> bool:
    """Give up the merge's rescoring with its parts, if the claim ``fence`` on the part is still the newest."""
    with transaction.atomic():
        rows = RescorePart.objects.select_for_update(no_key=True).filter(pk=part_id, fence=fence)
        merge = Merge.objects.filter(parts__in=list(rows)).first()
        if merge is None:
            return False
        merge.parts.all().delete()
        return give_up_work(Merge, merge.pk, fence=merge.fence)


def unscored_against(competition: Competition, version: HostedModelVersion) -> "models.QuerySet[Submission]":
    """The stored pairs that have no verdict against the version yet."""
    scored = Submission.objects.filter(competition=competition, status__in=SCORED)
    return scored.exclude(verdicts__version=version).select_related("competition").order_by("pk")


def digests(submissions: Sequence[Submission]) -> list[recount.Digests]:
    return [(submission.hidden_mask, submission.hidden_answers) for submission in submissions]


def _wake_the_merge(merge_id: int) -> None:
    """Two that finish at once may each see the other unfinished: then the relay sends."""
    if not RescorePart.objects.filter(merge=merge_id, counts=None).exists():
        queue.wake(queue.RESCORE, merge_id)


def _packed(submissions: Sequence[Submission], counts: NDArray[np.int64]) -> bytes:
    keys = np.array([submission.pk for submission in submissions], dtype=np.int64)
    return np.column_stack([keys, counts.reshape(len(submissions), MASKS * PLANES)]).astype("<i8").tobytes()


def _unpacked(part: RescorePart) -> Counts:
    assert part.counts is not None  # a merge is not taken up again before all of its parts are counted
    table = np.frombuffer(bytes(part.counts), dtype="<i8").reshape(-1, 1 + MASKS * PLANES)
    return {int(row[0]): row[1:].reshape(MASKS, PLANES) for row in table}
