"""Judge one submission: claim it, run it, score it, and write its verdict exactly once."""

import logging
from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.db import transaction

from bounty import arrays, clock, evidence
from bounty.errors import Fault
from bounty.evidence import Pair
from bounty.models import Competition, HostedModelVersion
from submissions.actions.give_up import give_up
from submissions.boxes import WAITS, NoBox
from submissions.examination import Masks, Patch, Rejected, run_the_group, run_the_patch
from submissions.leases import Claim, claim_submission, heartbeat
from submissions.models import Submission, Verdict
from submissions.overlaps import overlaps_of
from submissions.sentences import owner_of, sentence_of
from submissions.states import Status, move
from submissions.webhooks import tell_verdict

log = logging.getLogger(__name__)
BACKOFF_S: Final = 5.0  # before a further attempt, times the attempts made
BOX_WAIT_S: Final = 60.0  # before looking again whether Python can run here


def judge(submission_id: int) -> None:
    """Take the submission if it is free and see it through; a second call finds nothing to do."""
    claim = claim_submission(submission_id)
    if claim is None:
        return
    with heartbeat(claim):
        submission = Submission.objects.select_related("competition", "group_source", "patch_source").get(pk=claim.pk)
        try:
            _see_through(claim, submission)
        except Rejected as rejected:
            _refuse(claim, submission, rejected)
        except NoBox as reason:
            _wait_for_a_box(claim, str(reason))
        except Exception:
            # The task boundary: what broke is the platform's fault, not the entrant's, and must not end the worker.
            log.exception("Judging submission %s failed on attempt %s.", submission.pk, submission.attempts)
            _try_again(claim, submission, "PLATFORM_ERROR")


def _see_through(claim: Claim, submission: Submission) -> None:
    masks = run_the_group(submission)
    _check_size(submission.competition, masks)
    patch = run_the_patch(submission, masks)
    pair = Pair(masks.hidden, patch.hidden)
    digest = evidence.pair_digest(pair)
    _check_new(submission, pair, digest)
    kept = {
        "public_mask": arrays.save(masks.public),
        "hidden_mask": arrays.save(masks.hidden),
        "public_answers": arrays.save(patch.public),
        "hidden_answers": arrays.save(patch.hidden),
        "patch_recipe": patch.recipe,
        "pair_digest": digest,
        "overlaps": overlaps_of(submission, masks.public),
    }
    while not _score(claim, submission, pair, patch=patch, kept=kept):
        pass  # a merge published a new version meanwhile: score against that one


def _check_size(competition: Competition, masks: Masks) -> None:
    size = evidence.group_size(competition, masks.hidden)
    if not masks.hidden.any():
        raise Rejected("EMPTY_GROUP", log=masks.log)
    if size.expected_sealed_rows < competition.min_group_rows:
        raise Rejected("GROUP_TOO_SMALL", log=masks.log)
    if size.weight > competition.max_group_weight:
        raise Rejected("GROUP_TOO_LARGE", log=masks.log)


def _check_new(submission: Submission, pair: Pair, digest: str) -> None:
    head = _head(submission.competition)
    if not evidence.answers_differ(head, pair):
        raise Rejected("NO_CHANGE")
    _check_unknown(submission, digest)


def _check_unknown(submission: Submission, digest: str) -> None:
    # In whatever status: what was withdrawn or not certified is not tested again under another number.
    same = Submission.objects.filter(competition=submission.competition, pair_digest=digest)
    earlier = same.exclude(pk=submission.pk).order_by("pk").first()
    if earlier is not None:
        submission.duplicate_of = earlier
        raise Rejected("DUPLICATE")


def _score(claim: Claim, submission: Submission, pair: Pair, *, patch: Patch, kept: Mapping[str, object]) -> bool:
    """Write the verdict against the head; False when the head moved while it was computed."""
    competition, head = submission.competition, _head(submission.competition)
    found = evidence.provisional(competition, head, pair, seed=submission.seed)
    with transaction.atomic():
        Competition.objects.select_for_update(no_key=True).get(
            pk=competition.pk
        )  # no merge publishes between check and write
        if _head(competition).pk != head.pk:
            return False
        _check_unknown(submission, str(kept["pair_digest"]))  # again: another worker may have scored its twin meanwhile
        if move(claim.rows(), Status.SCORED, finished_at=clock.now(), lease_until=None, **kept) == 1:
            verdict = Verdict.objects.create(
                submission=submission,
                attempt=claim.fence,
                version=head,
                outcome=Verdict.Outcome.SCORED,
                code="SCORED",
                sentence=sentence_of("SCORED"),
                log=patch.log,
                numbers=found.numbers,
                score=found.score,
                passes_gate=found.passes_gate,
            )
            tell_verdict(verdict, submission)
    return True  # written, or refused by the fence: either way this claim is over


def _refuse(claim: Claim, submission: Submission, rejected: Rejected) -> None:
    owner = owner_of(rejected.code)
    if owner == Fault.PLATFORM:
        log.error("Judging submission %s on attempt %s: %s.", submission.pk, submission.attempts, rejected.code)
        _try_again(claim, submission, rejected.code)
        return
    with transaction.atomic():
        done = {"finished_at": clock.now(), "lease_until": None, "duplicate_of": submission.duplicate_of}
        if move(claim.rows(), Status.REFUSED, **done) == 1:
            verdict = Verdict.objects.create(
                submission=submission,
                attempt=claim.fence,
                version=_head(submission.competition),
                outcome=Verdict.Outcome.REFUSED,
                code=rejected.code,
                owner=owner,
                sentence=rejected.sentence,
                log=rejected.log,
            )
            tell_verdict(verdict, submission)


def _try_again(claim: Claim, submission: Submission, code: str) -> None:
    """Queue it again after a pause, or give up after the last attempt."""
    with transaction.atomic():
        if submission.attempts >= settings.MAX_ATTEMPTS:
            give_up(claim.pk, fence=claim.fence, code=code)
            return
        pause = clock.later(BACKOFF_S * submission.attempts)
        move(claim.rows(), Status.QUEUED, lease_until=None, woken_at=None, next_attempt_at=pause)


def _wait_for_a_box(claim: Claim, reason: str) -> None:
    """Not an attempt: nothing was tried. The entrant and the organiser read why it waits."""
    move(
        claim.rows(),
        Status.QUEUED,
        lease_until=None,
        woken_at=None,
        attempts=0,
        next_attempt_at=clock.later(BOX_WAIT_S),
        waits_for=WAITS.format(reason=reason)[:200],
    )


def _head(competition: Competition) -> HostedModelVersion:
    return HostedModelVersion.objects.filter(competition=competition).latest()
