"""Take a scored submission out of the running, or a merged one out of the model."""

from django.db import transaction

from bounty import clock
from bounty.actions.record import record
from bounty.errors import Refused
from bounty.models import User
from bounty.policies import check_member
from submissions.actions.withdraw_merged import withdraw_merged
from submissions.models import Submission
from submissions.states import Status, move
from submissions.webhooks import tell_status


def withdraw(submission: Submission, *, by: User, reason: str = "") -> Submission:
    """The submission, withdrawn: no round will choose it. What is merged is taken out of the model, which needs a
    reason, and which the organiser may do too."""
    if submission.status == Status.MERGED:
        withdraw_merged(submission, by=by, reason=reason)
    else:
        check_member(by, submission.team)
        _withdraw(submission, by)
    submission.refresh_from_db()
    return submission


def _withdraw(submission: Submission, by: User) -> None:
    with transaction.atomic():
        open_to_it = Submission.objects.filter(pk=submission.pk).exclude(status=Status.MERGED)
        if move(open_to_it, Status.WITHDRAWN, finished_at=clock.now()) != 1:
            raise Refused(
                "CANNOT_WITHDRAW",
                f"A submission that is {submission.get_status_display().lower()} cannot be withdrawn.",
                status=submission.status,
            )
        tell_status([submission.pk], Status.WITHDRAWN)
        record("withdraw", subject=f"submission:{submission.pk}", competition=submission.competition, actor=by)
