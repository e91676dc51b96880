"""Take a submission in: one transaction, and a wake-up once it is committed."""

import secrets

from django.db import transaction

from bounty.actions.record import record
from bounty.errors import Refused
from bounty.models import Competition, Team, User
from bounty.policies import can_submit, check_member
from submissions import queue
from submissions.artifacts import keep
from submissions.intake.request import Prepared, SubmitRequest, digest_of, prepare
from submissions.models import Submission
from submissions.quota import spend


def submit(team: Team, *, sent_by: User, request: SubmitRequest, idempotency_key: str | None = None) -> Submission:
    """The submission asked for, queued; the same key gives the same submission again and costs nothing.

    Raises:
        Refused: the competition takes no submissions now, or the sender has not accepted its rules as they stand.
        Invalid: something in the request is wrong; nothing is stored.
        LimitReached: the team's quota is used up.
        NotAllowed: the sender is not in the team, is shut out of the competition, or has come to organise it.
    """
    key = idempotency_key or None
    request_digest = digest_of(request)
    if earlier := _earlier(team, key, request_digest):
        return earlier
    _check_open(team.competition)
    prepared = prepare(team.competition, request)
    with transaction.atomic():
        locked = Team.objects.select_for_update(of=("self",), no_key=True).select_related("competition").get(pk=team.pk)
        if earlier := _earlier(team, key, request_digest):
            return earlier
        _check_open(locked.competition)
        check_member(sent_by, locked)  # who may have left, or been merged with the team into another, meanwhile
        can_submit(sent_by, locked.competition)
        spend(locked)
        submission = _store(locked, sent_by=sent_by, request=request, prepared=prepared, key=key)
        record("submit", subject=f"submission:{submission.pk}", competition=locked.competition, actor=sent_by)
        if locked.first_sent_at is None:
            Team.objects.filter(pk=locked.pk).update(first_sent_at=submission.sent_at)
        queue.wake(queue.JUDGE, submission.pk)
    return submission


def _earlier(team: Team, key: str | None, request_digest: str) -> Submission | None:
    """The submission that this key already made. The same key with another request is a mistake worth telling."""
    earlier = Submission.objects.filter(team=team, idempotency_key=key).first() if key else None
    if earlier is not None and earlier.request_digest != request_digest:
        raise Refused(
            "IDEMPOTENCY_MISMATCH",
            f"This idempotency key was used for submission {earlier.pk}, which asks for something else.",
            submission=earlier.pk,
        )
    return earlier


def _check_open(competition: Competition) -> None:
    if not competition.is_open:
        raise Refused("COMPETITION_CLOSED", f"{competition.title} takes no submissions now.", state=competition.state)


def _store(team: Team, *, sent_by: User, request: SubmitRequest, prepared: Prepared, key: str | None) -> Submission:
    return Submission.objects.create(
        competition=team.competition,
        team=team,
        sent_by=sent_by,
        title=request.title.strip(),
        note=request.note.strip(),
        idempotency_key=key,
        request_digest=digest_of(request),
        group_kind=request.group_kind,
        predicate=prepared.predicate,
        group_text=prepared.group_text,
        group_source=keep(prepared.group_source) if prepared.group_source else None,
        patch_kind=request.patch_kind,
        patch_column=request.patch_column if request.patch_kind == Submission.PatchKind.ROUTE else "",
        patch_source=keep(prepared.patch_file) if prepared.patch_file else None,
        seed=secrets.randbits(48),
    )
