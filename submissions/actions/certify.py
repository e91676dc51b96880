"""Put a round's candidates to the sealed split, one bit each, in the order that was fixed when it opened."""

import logging

from django.db import transaction

from bounty import clock, evidence
from bounty.actions.record import record
from bounty.errors import StaleWorker
from bounty.models import Competition, HostedModelVersion
from scoring.rounds import Ledger
from submissions import queue
from submissions.actions.certify_at_close import certify_at_close
from submissions.actions.conclude import claim_competition, conclude, lock_round, read_candidate, send_back
from submissions.actions.merge import has_room_for
from submissions.leases import Claim, claim_round, heartbeat
from submissions.models import Candidate, Round, Webhook
from submissions.pairs import hidden_pair
from submissions.records import standing_of
from submissions.webhooks import tell_round

log = logging.getLogger(__name__)


def certify(round_id: int) -> None:
    """Finish the round if nobody else works on it. Each candidate is its own step, so that a further worker goes on
    exactly where one died; what is written is never asked of the sealed split again."""
    claim = claim_round(round_id)
    if claim is None:
        return
    with heartbeat(claim):
        try:
            if claim_competition(claim).opening == Competition.Opening.CLOSE:
                certify_at_close(claim)
            waiting = Candidate.objects.filter(round=round_id, passed=None, sent_back="")
            for candidate_id in waiting.values_list("pk", flat=True):
                if _predict(claim, candidate_id):
                    _test(claim, candidate_id)
            _finish(claim)
        except StaleWorker:
            log.warning("Another worker has taken over round %s.", round_id)


def _predict(claim: Claim, candidate_id: int) -> bool:
    """Fix the head, the level and q before the test; False where there is nothing left to test.

    Earlier passes of the round may have repaired what this candidate claims; or the holdout and the team's record say
    that it is all but bound to fail. Then it goes back untested: whether to ask depends on public history and the
    holdout alone, so the ledger's bound is not touched, and a test that would fail spends nothing. A retry after a
    death finds what was written and keeps it.
    """
    with transaction.atomic():
        competition = lock_round(claim)
        candidate = read_candidate(candidate_id)
        if candidate.q is not None:
            return True
        head = HostedModelVersion.objects.filter(competition=competition).latest()
        if not has_room_for(competition, candidate.submission):
            send_back(candidate, head, Candidate.SentBack.BUDGET)
            return False
        pair = hidden_pair(candidate.submission)
        if not evidence.provisional(competition, head, pair, seed=candidate.submission.seed).passes_gate:
            send_back(candidate, head, Candidate.SentBack.OVERTAKEN)
            return False
        ledger = _ledger(competition)
        level = ledger.level()
        candidate.chance = evidence.predict_pass(competition, head, pair, level=level)
        standing = standing_of(candidate)
        if not standing.is_asked(candidate.chance):
            send_back(candidate, head, Candidate.SentBack.UNLIKELY)
            return False
        candidate.version, candidate.t, candidate.level = head, ledger.tests + 1, level
        candidate.q, candidate.spent_before = standing.record.discount(candidate.chance), ledger.spent
        candidate.save(update_fields=["version", "t", "level", "chance", "q", "spent_before"])
    return True


def _test(claim: Claim, candidate_id: int) -> None:
    """Ask for the bit, then write it, the ledger and what follows from it in one transaction."""
    candidate = read_candidate(candidate_id)
    submission, head = candidate.submission, candidate.version
    if head is None or candidate.level is None or candidate.q is None:
        raise StaleWorker(f"candidate {candidate.pk}")  # unreachable while _predict runs first; keeps types honest
    passed = evidence.passes_sealed_test(
        claim_competition(claim), head, hidden_pair(submission), level=candidate.level, seed=submission.seed
    )
    with transaction.atomic():
        competition = lock_round(claim)
        ledger = _ledger(competition).charge(candidate.q, passed)
        candidate = read_candidate(candidate_id)
        competition.sealed_tests, competition.ledger_spent = ledger.tests, ledger.spent
        competition.save(update_fields=["sealed_tests", "ledger_spent"])
        candidate.passed, candidate.tested_at, candidate.spent_after = passed, clock.now(), ledger.spent
        candidate.save(update_fields=["passed", "tested_at", "spent_after"])
        conclude(competition, candidate)


def _finish(claim: Claim) -> None:
    with transaction.atomic():
        competition = lock_round(claim)
        claim.rows().update(state=Round.State.FINISHED, finished_at=clock.now(), lease_until=None)
        record("finish_round", subject=f"round:{claim.pk}", competition=competition)
        tell_round(Webhook.Event.ROUND_CLOSED, Round.objects.select_related("competition").get(pk=claim.pk))
        if competition.state == Competition.State.CLOSING:
            queue.wake(queue.SETTLE, competition.settlement.pk)


def _ledger(competition: Competition) -> Ledger:
    return Ledger(delta=competition.delta, tests=competition.sealed_tests, spent=competition.ledger_spent)
