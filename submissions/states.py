"""The statuses of a submission and the table of legal moves; nothing else moves a status."""

from typing import Any, Final

from django.db import models


class Status(models.TextChoices):
    """Where a submission stands."""

    QUEUED = "queued", "Waiting for a worker"
    JUDGING = "judging", "Being judged"
    REFUSED = "refused", "Refused"
    FAILED = "failed", "Stopped by a platform fault"
    CANCELLED = "cancelled", "Cancelled"
    SCORED = "scored", "Scored"
    CANDIDATE = "candidate", "Candidate in a round"
    UNCERTIFIED = "uncertified", "Not certified"
    MERGED = "merged", "Certified and merged"
    ROLLED_BACK = "rolled_back", "Certified, rolled back"
    WITHDRAWN = "withdrawn", "Withdrawn"


MOVES: Final[dict[Status, frozenset[Status]]] = {
    Status.QUEUED: frozenset({Status.JUDGING, Status.CANCELLED, Status.FAILED}),
    Status.JUDGING: frozenset({Status.QUEUED, Status.JUDGING, Status.SCORED, Status.REFUSED, Status.FAILED}),
    Status.REFUSED: frozenset(),
    Status.FAILED: frozenset({Status.QUEUED}),
    Status.CANCELLED: frozenset(),
    Status.SCORED: frozenset({Status.CANDIDATE, Status.WITHDRAWN}),
    Status.CANDIDATE: frozenset({Status.MERGED, Status.UNCERTIFIED, Status.SCORED}),
    Status.UNCERTIFIED: frozenset({Status.WITHDRAWN}),
    Status.MERGED: frozenset({Status.ROLLED_BACK, Status.WITHDRAWN}),
    Status.ROLLED_BACK: frozenset({Status.MERGED, Status.WITHDRAWN}),
    Status.WITHDRAWN: frozenset(),
}
WAITING: Final = frozenset({Status.QUEUED, Status.JUDGING})  # holds a place in the quota of submissions in flight
TAKEN_OUT: Final = frozenset({Status.ROLLED_BACK, Status.WITHDRAWN})  # of what was once merged
# Compared with the newest version, whatever that is.
SCORED: Final = frozenset({Status.SCORED, Status.CANDIDATE, Status.UNCERTIFIED, Status.MERGED, Status.ROLLED_BACK})


def sources_of(target: Status) -> frozenset[Status]:
    """The statuses from which ``target`` may be reached in one move."""
    return frozenset(source for source, targets in MOVES.items() if target in targets)


def move(rows: "models.QuerySet[Any]", target: Status, **changes: object) -> int:
    """Move those of ``rows`` that legally can to ``target``; returns how many did. It is a compare-and-set."""
    return rows.filter(status__in=sources_of(target)).update(status=target, **changes)
