"""Take one merged patch out of the model, and build it as if the patch had never been merged."""

from django.db import transaction

from bounty.errors import Fault, Refused
from bounty.models import Competition, HostedModelVersion, User
from bounty.policies import can_organise, check_member
from scoring.errors import BudgetSpentError
from submissions.actions.merge import Protected, load_protected, publish_with
from submissions.actions.undo import checked_reason, lock_undoable, publish_again, write_reversal
from submissions.models import Reversal, Submission


def withdraw_merged(submission: Submission, *, by: User, reason: str) -> Reversal:
    """The withdrawal. Every later merge is made once more without the patch, each as a new version, with the repairs it
    then needs (decided on the guard split, as at any merge): the newest equals a list that never had it.

    Raises:
        NotAllowed: for anyone but the team that sent it, the organiser and staff. Invalid: without a reason.
        Refused: as ``lock_undoable``; where the patch is not in the model (any more).
    """
    check_may_take_out(by, submission)
    given = checked_reason(reason)
    with transaction.atomic():
        competition = lock_undoable(submission.competition)
        before = load_protected(competition)
        after = _built_without(competition, before, submission)
        return write_reversal(before, after, kind=Reversal.Kind.WITHDRAWAL, reason=given, by=by, withdrawn=submission)


def check_may_take_out(user: User, submission: Submission) -> None:
    """Raises NotAllowed for anyone but the team that sent it, the organiser and staff."""
    if not can_organise(user, submission.competition):
        check_member(user, submission.team)


def merged_after(submission: Submission) -> list[Submission]:
    """The patches that would be merged once more if this one were taken out."""
    merged = load_protected(submission.competition).submissions
    return merged[merged.index(submission) + 1 :] if submission in merged else []


def _built_without(competition: Competition, before: Protected, submission: Submission) -> HostedModelVersion:
    if submission not in before.submissions:
        sentence = "This patch is not in the model any more; what was rolled back is withdrawn without a change to it."
        raise Refused("NOT_IN_THE_MODEL", sentence)
    place = before.submissions.index(submission)
    built = Protected(before.submissions[:place], before.versions[: place + 1])
    later = before.submissions[place + 1 :]
    if not later:
        return publish_again(competition, built.head)
    try:
        for each in later:
            built, _ = publish_with(competition, built, each)
    except BudgetSpentError as error:
        sentence = "Merging once more what came after it would take more accepts than epsilon allows. Roll back."
        raise Refused("REBUILD_OVER_BUDGET", sentence, fault=Fault.ORGANISER) from error
    return built.head
