"""What a group shares with the same team's earlier ones, on public rows: nothing that it could not count itself."""

from typing import Any, Final

import numpy as np

from bounty import arrays
from scoring.overlap import Kind, overlaps_with
from scoring.types import Bools
from submissions.models import Submission
from submissions.states import SCORED

LOOK_BACK: Final = 200  # of the team's scored submissions, the newest
SHOWN: Final = 3
LEAST_SHARE: Final = 0.5  # of the rows that either has


def overlaps_of(submission: Submission, public_mask: Bools) -> list[dict[str, Any]]:
    """The earlier groups of the team that this one refines or mostly repeats, nearest first; none where no public row
    tells."""
    if not public_mask.any():
        return []
    earlier = list(
        Submission.objects.filter(team_id=submission.team_id, status__in=SCORED, pk__lt=submission.pk)
        .exclude(public_mask="")
        .order_by("-pk")
        .values_list("pk", "public_mask")[:LOOK_BACK]
    )
    if not earlier:
        return []
    masks = np.stack([np.packbits(arrays.load(digest)) for _, digest in earlier])
    found: list[dict[str, Any]] = [
        {"submission": pk, "kind": overlap.kind.value, "jaccard": overlap.jaccard}
        for (pk, _), overlap in zip(earlier, overlaps_with(np.packbits(public_mask), masks), strict=True)
        if overlap.kind is not Kind.NEW or overlap.jaccard >= LEAST_SHARE
    ]
    return sorted(found, key=lambda each: -each["jaccard"])[:SHOWN]
