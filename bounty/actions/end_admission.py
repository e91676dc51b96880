"""Take back that a person may see a private competition."""

from django.db import transaction

from bounty import clock
from bounty.actions.leave_team import pass_on
from bounty.actions.record import record
from bounty.models import Admission, Team, User
from bounty.policies import check_organises


def end_admission(admission: Admission, *, by: User) -> None:
    """The person sees the competition no more and sends nothing to it, by whatever invitation is out; what their team
    sent stays, and a team that they led is led by another. Ending it again changes nothing."""
    check_organises(by, admission.competition)
    with transaction.atomic():
        for team in (
            Team.objects.select_for_update(of=("self",), no_key=True)
            .of(admission.user)
            .filter(competition=admission.competition)
        ):
            pass_on(team, admission.user)
        if Admission.objects.filter(pk=admission.pk, ended_at=None).update(ended_at=clock.now()):
            subject = f"account:{admission.user_id}"
            record("end_admission", subject=subject, competition=admission.competition, actor=by)
