"""State that a candidate passed: what was tested, at which level, with which state of the ledger."""

from bounty.models import Competition
from submissions.canonical import digest
from submissions.models import Candidate, Certificate, Submission


def issue_certificate(competition: Competition, candidate: Candidate) -> Certificate:
    """The certificate of a candidate that passed. The caller holds the competition's lock."""
    submission, version = candidate.submission, candidate.version
    if version is None:
        raise ValueError("A candidate is tested against a version before it is certified.")
    body = {
        "format": 1,
        "competition": competition.slug,
        "rules_version": competition.rules_version,
        "submission": submission.pk,
        "team": submission.team_id,
        "group": {"kind": submission.group_kind, "text": submission.group_text, "source": submission.group_source_id},
        "patch": _patch(submission),
        "version": {"number": version.number, "answers": version.hidden_answers},
        "evidence": {"mask": submission.hidden_mask, "answers": submission.hidden_answers},
        "splits": {split.name: split.sha256 for split in competition.splits.all()},
        "delta": competition.delta,
        "test": candidate.t,
        "level": candidate.level,
        "q": candidate.q,
        "spent_before": candidate.spent_before,
        "spent_after": candidate.spent_after,
    }
    return Certificate.objects.create(candidate=candidate, version=version, body=body, digest=digest(body))


def _patch(submission: Submission) -> dict[str, object]:
    return {
        "kind": submission.patch_kind,
        "column": submission.patch_column,
        "source": submission.patch_source_id,
        "recipe": submission.patch_recipe,
    }
