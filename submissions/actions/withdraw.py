"""Take a scored submission out of the running."""

from django.db import transaction

from bounty import clock
from bounty.actions.record import record
from bounty.errors import Refused
from bounty.models import User
from bounty.policies import check_member
from submissions.models import Submission
from submissions.states import Status, move


def withdraw(submission: Submission, *, by: User) -> Submission:
    """The submission, withdrawn: no round will choose it. What is already merged stays in the model."""
    check_member(by, submission.team)
    with transaction.atomic():
        open_to_it = Submission.objects.filter(pk=submission.pk).exclude(status=Status.MERGED)
        if move(open_to_it, Status.WITHDRAWN, finished_at=clock.now()) != 1:
            raise Refused(
                "CANNOT_WITHDRAW",
                f"A submission that is {submission.get_status_display().lower()} cannot be withdrawn.",
                status=submission.status,
            )
        record("withdraw", subject=f"submission:{submission.pk}", competition=submission.competition, actor=by)
    submission.refresh_from_db()
    return submission
