"""State that a candidate passed: what was tested, at which level, with which state of the ledger; and sign it."""

import hashlib

from bounty import clock, signing
from bounty.models import Competition, DataSplit, SplitCommitment
from scoring.statements import CERTIFICATE, canonical
from submissions.models import Candidate, Certificate, Submission

PatchKind = Submission.PatchKind


def issue_certificate(competition: Competition, candidate: Candidate) -> Certificate:
    """The certificate of a candidate that passed. The caller holds the competition's lock.

    Of the sealed split it tells the one bit alone: level, q and ledger were fixed before it, or follow from it.
    """
    version = candidate.version
    if version is None:
        raise ValueError("A candidate is tested against a version before it is certified.")
    issued_at = clock.now()
    content = {
        "kind": CERTIFICATE,
        "issued_at": issued_at.isoformat(),
        "competition": competition.slug,
        "rules_version": competition.rules_version,
        "submission": candidate.submission_id,
        "team": candidate.submission.team_id,
        "group": _group(candidate.submission),
        "patch": _patch(candidate.submission),
        "model": {"version": version.number, "sha256": version.sha256},
        "splits": _splits(competition),
        "test": _test(competition, candidate),
        "ledger": {"spent_before": candidate.spent_before, "spent_after": candidate.spent_after},
    }
    document, statement = signing.sign(content)
    return Certificate.objects.create(
        candidate=candidate,
        version=version,
        issued_at=issued_at,
        body=statement.content,
        digest=statement.digest,
        document=document,
    )


def _group(submission: Submission) -> dict[str, str]:
    """Known by what its entrant holds: the predicate's canonical text, or the file."""
    sha256 = submission.group_source_id or _sha256(submission.group_text.encode())
    return {"kind": submission.group_kind, "text": submission.group_text, "sha256": sha256}


def _patch(submission: Submission) -> dict[str, str]:
    """By the file, the column's name, or the recipe of what the platform trained."""
    named = {
        PatchKind.ROUTE: submission.patch_column.encode(),
        PatchKind.PLATFORM: canonical(submission.patch_recipe),
    }
    sha256 = submission.patch_source_id or _sha256(named[PatchKind(submission.patch_kind)])
    return {"kind": submission.patch_kind, "sha256": sha256}


def _splits(competition: Competition) -> dict[str, object]:
    """Public splits by their digests, hidden ones by the commitment: an unsalted digest would confirm guessed rows."""
    public = competition.splits.filter(name__in=DataSplit.PUBLIC).values_list("name", "sha256")
    made = SplitCommitment.objects.filter(competition=competition).values_list("value", flat=True).first()
    return {"public": dict(public), "commitment": made}


def _test(competition: Competition, candidate: Candidate) -> dict[str, object]:
    return {
        "round": candidate.round.number,
        "opening": competition.opening,
        "delta": competition.delta,
        "t": candidate.t,
        "level": candidate.level,
        "q": candidate.q,
    }


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
