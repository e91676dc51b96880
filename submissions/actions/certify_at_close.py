"""Open the sealed split once, at the close: every candidate against the model as it was, all judged together."""

from django.db import transaction

from bounty import clock, evidence
from bounty.errors import StaleWorker
from bounty.models import HostedModelVersion
from submissions.actions.conclude import claim_competition, conclude, lock_round, read_candidate, send_back
from submissions.actions.merge import has_room_for
from submissions.leases import Claim
from submissions.models import Candidate
from submissions.pairs import hidden_pair


def certify_at_close(claim: Claim) -> None:
    """Conclude each candidate of the one round. The version is the one they were chosen against, so that a worker who
    takes over finds the same p-values, whatever was merged before the other died."""
    candidates = list(Candidate.objects.filter(round=claim.pk).select_related("submission", "version"))
    version = candidates[0].version
    if version is None:
        raise StaleWorker(f"round {claim.pk}")  # unreachable: the close writes it; keeps types honest
    pairs = [(hidden_pair(candidate.submission), candidate.submission.seed) for candidate in candidates]
    found = evidence.holding_at_close(claim_competition(claim), version, pairs)
    for candidate, (held, level) in zip(candidates, found, strict=True):
        if candidate.passed is None and not candidate.sent_back:
            _write(claim, candidate.pk, version, held=held, level=level)


def _write(claim: Claim, candidate_id: int, version: HostedModelVersion, *, held: bool, level: float) -> None:
    with transaction.atomic():
        competition = lock_round(claim)
        candidate = read_candidate(candidate_id)
        if not has_room_for(competition, candidate.submission):
            send_back(candidate, version, Candidate.SentBack.BUDGET)
            return
        competition.sealed_tests += 1
        competition.save(update_fields=["sealed_tests"])
        candidate.t, candidate.level, candidate.passed = competition.sealed_tests, level, held
        candidate.tested_at = clock.now()
        candidate.save(update_fields=["t", "level", "passed", "tested_at"])
        conclude(competition, candidate)
