"""End an API token."""

from django.db import transaction

from bounty import clock
from bounty.actions.record import record
from bounty.models import ApiToken, User
from bounty.policies import check_owns


def revoke_token(token: ApiToken, *, by: User) -> ApiToken:
    """From now on the token opens nothing. Revoking it again changes nothing."""
    check_owns(by, token)
    with transaction.atomic():
        now = clock.now()
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
            record("revoke_token", subject=f"token:{token.pk}", actor=by)
    token.refresh_from_db()
    return token
