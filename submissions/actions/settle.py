"""Settle a closing competition: the sealed numbers, once, for everyone to see."""

from typing import Any

from django.db import transaction

from bounty import arrays, clock, evidence
from bounty.actions.record import record
from bounty.evidence import GUARD, HOLDOUT, SEALED
from bounty.models import Competition
from scoring.types import Bools
from submissions.actions.close_certificate import close_certificate
from submissions.actions.merge import Protected, list_state, load_protected
from submissions.close_rewards import rewards_report
from submissions.leases import Claim, claim_settlement, heartbeat
from submissions.models import Candidate, Merge
from submissions.pairs import hidden_pair
from submissions.webhooks import tell_close


def settle(settlement_id: int) -> None:
    """Settle the competition if nobody else does."""
    claim = claim_settlement(settlement_id)
    if claim is None:
        return
    with heartbeat(claim):
        competition = Competition.objects.get(settlement__pk=settlement_id)
        _write(claim, competition, _report(competition))


def _report(competition: Competition) -> dict[str, Any]:
    """Computed outside the lock: it is the same however often."""
    protected = load_protected(competition)
    return {
        "versions": [_by_split(competition, version.number, version.hidden_answers) for version in protected.versions],
        "sealed": _sealed_report(competition, protected),
        **rewards_report(competition, protected.versions, list_state(protected).list, *_merges(competition, protected)),
        "tests": [_test(candidate) for candidate in _candidates(competition)],
        "protected": [_kept(competition, protected, i) for i in range(len(protected.submissions))],
    }


def _write(claim: Claim, competition: Competition, report: dict[str, Any]) -> None:
    """Show it to everyone, unless another worker has taken over."""
    with transaction.atomic():
        locked = Competition.objects.select_for_update(no_key=True).get(pk=competition.pk)
        if claim.rows().update(finished_at=clock.now(), lease_until=None) != 1:
            return
        locked.state, locked.closed_at, locked.close_report = Competition.State.CLOSED, clock.now(), report
        locked.save(update_fields=["state", "closed_at", "close_report"])
        figures = {each["submission"]: each for each in report["certificates"]}
        for merge in locked.merges.select_related("certificate__version__competition"):
            _hand_out(merge, figures[merge.submission_id])
        record("settle_competition", subject=f"competition:{locked.pk}", competition=locked)
        tell_close(locked)


def _by_split(competition: Competition, number: int, digest: str) -> dict[str, Any]:
    answers = arrays.load(digest)
    splits = (HOLDOUT, GUARD, SEALED)
    return {"number": number} | {
        split.value: evidence.as_json(evidence.split_loss(competition, answers, split)) for split in splits
    }


def _sealed_report(competition: Competition, protected: Protected) -> dict[str, Any]:
    """The first and the last version on the sealed split, over everyone and by group."""
    merged = [(s.title or s.group_text, hidden_pair(s).mask) for s in protected.submissions]
    return {
        name: evidence.report(competition, arrays.load(version.hidden_answers), merged=merged, split=SEALED)
        for name, version in (("first", protected.versions[0]), ("last", protected.head))
    }


def _test(candidate: Candidate) -> dict[str, Any]:
    fields = ("submission_id", "t", "q", "level", "spent_before", "spent_after", "passed")
    return {field: getattr(candidate, field) for field in fields}


def _kept(competition: Competition, protected: Protected, index: int) -> dict[str, Any]:
    """A protected group's guard loss under every version from its merge on: it may never rise."""
    submission = protected.submissions[index]
    mask: Bools = hidden_pair(submission).mask
    losses = [
        evidence.as_json(evidence.split_loss(competition, arrays.load(version.hidden_answers), GUARD, mask))["estimate"]
        for version in protected.versions
    ]
    known = [loss for loss in losses if loss is not None]  # none where the group has no guard rows: nothing got worse
    since = known[index + 1 :]
    return {
        "submission": submission.pk,
        "group": submission.title or submission.group_text,
        "by_version": losses,
        "never_worse": all(later <= min(known[: index + 1 + i]) for i, later in enumerate(since, start=0)),
    }


def _hand_out(merge: Merge, figures: dict[str, Any]) -> None:
    merge.marginal_reward = figures["marginal_reward"]
    merge.save(update_fields=["marginal_reward"])
    close_certificate(merge.certificate, figures)


def _merges(competition: Competition, protected: Protected) -> tuple[list[Merge], list[Merge]]:
    """Those whose patches are in the model, in the order of its list, and those whose patches were taken out."""
    related = ("submission__team", "before", "after", "certificate__version__competition", "certificate__candidate")
    merges = {merge.submission_id: merge for merge in competition.merges.select_related(*related).order_by("pk")}
    merged = [merges.pop(submission.pk) for submission in protected.submissions]
    return merged, list(merges.values())


def _candidates(competition: Competition) -> list[Candidate]:
    return list(Candidate.objects.filter(round__competition=competition, passed__isnull=False).order_by("t"))
