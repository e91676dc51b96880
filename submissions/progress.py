"""How far a submission has come, and how often a page should ask again."""

from dataclasses import dataclass
from statistics import median
from typing import Final

from bounty import clock
from submissions.models import Submission
from submissions.states import Status

RECENT: Final = 50  # finished submissions that the typical time is taken from
_REACHED: Final = {  # how many of the five steps lie behind a status
    Status.QUEUED: 1,
    Status.JUDGING: 1,
    Status.REFUSED: 1,
    Status.FAILED: 1,
    Status.CANCELLED: 1,
    Status.SCORED: 3,
    Status.WITHDRAWN: 3,
    Status.CANDIDATE: 3,
    Status.UNCERTIFIED: 4,
    Status.ROLLED_BACK: 4,
    Status.MERGED: 5,
}
_STOPPED: Final = frozenset(
    {
        *(Status.REFUSED, Status.FAILED, Status.CANCELLED),
        *(Status.WITHDRAWN, Status.UNCERTIFIED, Status.ROLLED_BACK),
    }
)
_NAMES: Final = ("Received", "Judged", "Scored on the holdout", "Tested in a round", "Merged")


@dataclass(frozen=True)
class Step:
    name: str
    state: str  # done, current, stopped or ahead


@dataclass(frozen=True)
class Progress:
    """What the live part of a page shows besides the verdict; ``stamp`` changes whenever that part would."""

    steps: tuple[Step, ...]
    ahead: int  # submissions that wait before this one
    typical_s: int | None
    poll_s: int | None
    stamp: str


def progress(submission: Submission) -> Progress:
    waiting = submission.status == Status.QUEUED
    ahead = Submission.objects.filter(status=Status.QUEUED, pk__lt=submission.pk).count() if waiting else 0
    poll_s = poll_interval(submission)
    stamp = f"{submission.status}-{submission.attempts}-{ahead}-{poll_s}-{bool(submission.waits_for)}"
    typical_s = None if submission.is_final else _typical_s(submission)
    return Progress(_steps(Status(submission.status)), ahead, typical_s, poll_s, stamp)


def reached(status: Status) -> int:
    """How many of the five steps lie behind the status."""
    return _REACHED[status]


def poll_interval(submission: Submission) -> int | None:
    """Seconds until a page may ask again: seldom once it has waited long; None when nothing will change."""
    if submission.is_final:
        return None
    waited_s = (clock.now() - submission.sent_at).total_seconds()
    return 1 if waited_s < 30 else 2 if waited_s < 300 else 5


def _steps(status: Status) -> tuple[Step, ...]:
    behind = reached(status)
    pending = "stopped" if status in _STOPPED else "ahead" if status == Status.SCORED else "current"
    states = ["done"] * behind + [pending] + ["ahead"] * len(_NAMES)
    return tuple(Step(name, state) for name, state in zip(_NAMES, states, strict=False))


def _typical_s(submission: Submission) -> int | None:
    """The median time from sent to verdict, in whole seconds, of this competition's last submissions."""
    finished = Submission.objects.filter(competition=submission.competition_id, finished_at__isnull=False)
    times = finished.order_by("-finished_at").values_list("sent_at", "finished_at")[:RECENT]
    seconds = [(end - start).total_seconds() for start, end in times if end is not None]
    return max(1, round(median(seconds))) if seconds else None
