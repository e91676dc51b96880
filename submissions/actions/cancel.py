"""Take back a submission that no worker has begun."""

from django.db import transaction

from bounty import clock
from bounty.actions.record import record
from bounty.errors import Refused
from bounty.models import User
from bounty.policies import check_member
from submissions.models import Submission
from submissions.quota import refund
from submissions.states import Status, move


def cancel(submission: Submission, *, by: User) -> Submission:
    """The submission, cancelled; nothing was asked of the hidden rows, so its place in the quota is given back."""
    check_member(by, submission.team)
    with transaction.atomic():
        if move(Submission.objects.filter(pk=submission.pk), Status.CANCELLED, finished_at=clock.now()) != 1:
            raise Refused("TOO_LATE_TO_CANCEL", "A worker has begun with it; wait for its verdict, then withdraw it.")
        submission.refresh_from_db(fields=["team"])  # which a merge may have made part of another meanwhile
        refund(submission)
        record("cancel", subject=f"submission:{submission.pk}", competition=submission.competition, actor=by)
    submission.refresh_from_db()
    return submission
