"""End a round that several workers began and none finished: a platform fault, which may not hold up the competition."""

from django.db import transaction

from bounty import clock
from bounty.actions.record import record
from bounty.models import Competition
from submissions.models import Candidate, Round, Submission, Webhook
from submissions.states import Status, move
from submissions.webhooks import tell_round, tell_status


def abandon_round(pk: int, *, fence: int) -> bool:
    """Abandon the round if the claim ``fence`` is still the newest. What was tested stays; the rest goes back untested.

    A candidate whose level and q were written but whose bit was not loses nothing: nobody has seen the bit.
    """
    with transaction.atomic():
        competition = Competition.objects.select_for_update(of=("self",), no_key=True).get(rounds__pk=pk)
        rows = Round.objects.filter(pk=pk, fence=fence, state=Round.State.CERTIFYING)
        done = {"state": Round.State.ABANDONED, "finished_at": clock.now(), "lease_until": None, "fence": fence + 1}
        if rows.update(**done) != 1:
            return False
        untested = Candidate.objects.filter(round=pk, passed=None, sent_back="")
        waiting = list(untested.values_list("submission_id", flat=True))
        untested.update(sent_back=Candidate.SentBack.ABANDONED)
        move(Submission.objects.filter(pk__in=waiting), Status.SCORED)
        tell_status(waiting, Status.SCORED)
        record("abandon_round", subject=f"round:{pk}", competition=competition, sent_back=waiting)
        tell_round(Webhook.Event.ROUND_CLOSED, Round.objects.select_related("competition").get(pk=pk))
    return True
