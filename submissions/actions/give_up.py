"""End a submission as a platform fault: the last attempt is spent, and the entrant pays nothing for it."""

import logging

from bounty import clock
from bounty.actions.record import record
from bounty.errors import Fault
from bounty.models import HostedModelVersion
from submissions.models import Submission, Verdict
from submissions.quota import refund
from submissions.sentences import sentence_of
from submissions.states import Status, move
from submissions.webhooks import tell_verdict

log = logging.getLogger(__name__)


def give_up(pk: int, *, fence: int, code: str) -> bool:
    """Fail the submission if the claim ``fence`` is still the newest. The caller holds a transaction."""
    rows = Submission.objects.filter(pk=pk, fence=fence)
    if move(rows, Status.FAILED, finished_at=clock.now(), lease_until=None, fence=fence + 1) != 1:
        return False
    submission = Submission.objects.get(pk=pk)
    verdict = Verdict.objects.create(
        submission=submission,
        attempt=fence,
        version=HostedModelVersion.objects.filter(competition=submission.competition_id).latest(),
        outcome=Verdict.Outcome.FAILED,
        code=code,
        owner=Fault.PLATFORM,
        sentence=sentence_of(code),
    )
    tell_verdict(verdict, submission)
    refund(submission)
    subject = f"submission:{pk}"
    record("give_up", subject=subject, competition=submission.competition, code=code, attempts=submission.attempts)
    log.error("Gave up on submission %s after %s attempts: %s.", pk, submission.attempts, code)
    return True
