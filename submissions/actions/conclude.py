"""What follows from one bit of the sealed split: a certificate and a merge, or neither; or from not asking for it."""

from django.db.models import F

from bounty.actions.record import record
from bounty.errors import StaleWorker
from bounty.models import Competition, HostedModelVersion
from submissions.actions.issue_certificate import issue_certificate
from submissions.actions.merge import merge
from submissions.leases import Claim
from submissions.models import Candidate, Submission
from submissions.states import Status, move
from submissions.webhooks import tell_certificate, tell_status


def conclude(competition: Competition, candidate: Candidate) -> None:
    """Certify and merge the candidate if it passed. The caller holds the competition's lock and has written the bit."""
    rows = Submission.objects.filter(pk=candidate.submission_id)
    if candidate.passed:
        certificate = issue_certificate(competition, candidate)
        merge(competition, certificate)
        tell_certificate(certificate, candidate.submission)
    status = Status.MERGED if candidate.passed else Status.UNCERTIFIED
    move(rows, status)
    tell_status([candidate.submission_id], status)
    record(
        "test_candidate",
        subject=f"submission:{candidate.submission_id}",
        competition=competition,
        t=candidate.t,
        passed=candidate.passed,
    )


def send_back(candidate: Candidate, head: HostedModelVersion, reason: str) -> None:
    """Leave the candidate untested; a later round may take it again."""
    candidate.version, candidate.sent_back = head, reason
    candidate.save(update_fields=["version", "chance", "sent_back"])
    move(Submission.objects.filter(pk=candidate.submission_id), Status.SCORED)
    tell_status([candidate.submission_id], Status.SCORED)


def lock_round(claim: Claim) -> Competition:
    """The competition's row, locked, if the claim still holds; both are checked under the same lock."""
    competition = Competition.objects.select_for_update(of=("self",), no_key=True).get(rounds__pk=claim.pk)
    if claim.rows().update(attempts=F("attempts")) != 1:
        raise StaleWorker(f"round {claim.pk}")
    return competition


def read_candidate(candidate_id: int) -> Candidate:
    """The candidate with its submission as both now are: teams may merge while a round is under way, and what was
    read before belongs to the team of that time."""
    return Candidate.objects.select_related("submission", "version", "round").get(pk=candidate_id)


def claim_competition(claim: Claim) -> Competition:
    return Competition.objects.get(rounds__pk=claim.pk)
