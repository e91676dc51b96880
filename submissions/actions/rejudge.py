"""Queue a submission again that ended as a platform fault."""

from django.db import transaction

from bounty import clock
from bounty.actions.record import record
from bounty.errors import Fault, Refused
from bounty.models import User
from bounty.policies import check_organises
from submissions import queue
from submissions.models import Submission
from submissions.quota import charge_again
from submissions.states import Status, move


def rejudge(submission: Submission, *, by: User) -> Submission:
    """The submission, queued with fresh attempts; what was refunded is counted again, beside the limits."""
    check_organises(by, submission.competition)
    with transaction.atomic():
        rows = Submission.objects.filter(pk=submission.pk, status=Status.FAILED)
        if move(rows, Status.QUEUED, attempts=0, woken_at=None, next_attempt_at=clock.now(), finished_at=None) != 1:
            raise Refused(
                "NOT_FAILED", "Only a submission that a platform fault stopped is judged again.", fault=Fault.ORGANISER
            )
        submission.refresh_from_db(fields=["team"])  # which a merge may have made part of another meanwhile
        charge_again(submission)  # or a second fault, or a cancellation, would refund it twice
        record("rejudge", subject=f"submission:{submission.pk}", competition=submission.competition, actor=by)
        queue.wake(queue.JUDGE, submission.pk)
    submission.refresh_from_db()
    return submission
