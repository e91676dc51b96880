"""Take back that a person may see a private competition."""

from django.db import transaction

from bounty.actions.record import record
from bounty.models import Admission, User
from bounty.policies import check_organises


def end_admission(admission: Admission, *, by: User) -> None:
    """The person sees the competition no more and sends nothing to it; what their team sent stays."""
    check_organises(by, admission.competition)
    with transaction.atomic():
        Admission.objects.filter(pk=admission.pk).delete()
        subject = f"account:{admission.user_id}"
        record("end_admission", subject=subject, competition=admission.competition, actor=by)
