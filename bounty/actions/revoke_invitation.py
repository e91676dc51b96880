"""Take an invitation back."""

from django.db import transaction

from bounty import clock
from bounty.actions.record import record
from bounty.models import Invitation, User
from bounty.policies import check_leads, check_organises


def revoke_invitation(invitation: Invitation, *, by: User) -> Invitation:
    """It opens nothing from now on; whoever came in by it stays. Revoking it again changes nothing."""
    if invitation.team is not None:
        check_leads(by, invitation.team)
    else:
        check_organises(by, invitation.competition)
    with transaction.atomic():
        if Invitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=clock.now()):
            subject = f"invitation:{invitation.pk}"
            record("revoke_invitation", subject=subject, competition=invitation.competition, actor=by)
    invitation.refresh_from_db()
    return invitation
