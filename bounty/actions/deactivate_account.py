"""Shut an account for a time, and open it again."""

from allauth.usersessions.models import UserSession
from django.db import transaction

from bounty import clock
from bounty.actions.leave_team import end_unled, pass_on
from bounty.actions.record import record
from bounty.errors import Refused
from bounty.models import Team, User
from bounty.policies import check_keeps_accounts


def deactivate_account(user: User, *, by: User) -> None:
    """Nobody signs in with it any more; where it is signed in, it is signed out, and its tokens open nothing for good.
    Its teams and what it sent stay; those that it led are led by another, or their programs end with it. Deactivating
    it again changes nothing.

    Raises:
        NotAllowed: for anyone who does not keep the accounts of this site.
        Refused: for one's own account.
    """
    check_keeps_accounts(by, user)
    if by.pk == user.pk:
        raise Refused("YOUR_OWN_ACCOUNT", "Nobody deactivates their own account; have another administrator do it.")
    with transaction.atomic():
        for team in Team.objects.select_for_update(of=("self",), no_key=True).of(user).order_by("pk"):
            pass_on(team, user)
            end_unled(team, besides=user)
        if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            sessions = list(UserSession.objects.filter(user=user))
            for session in sessions:  # or they would come back to life with the account
                session.end()
            tokens = user.api_tokens.filter(revoked_at=None).update(revoked_at=clock.now())
            subject, signed_out = f"account:{user.pk}", len(sessions)
            record("deactivate_account", subject=subject, actor=by, sessions=signed_out, tokens=tokens)
    user.refresh_from_db()


def reactivate_account(user: User, *, by: User) -> None:
    """It may sign in again; tokens are to be made anew. Reactivating it again changes nothing.

    Raises:
        NotAllowed: for anyone who does not keep the accounts of this site.
        Refused: for a deleted account, which is nobody's.
    """
    check_keeps_accounts(by, user)
    if user.deleted_at is not None:
        raise Refused("ACCOUNT_DELETED", "This account is deleted; nothing brings it back.")
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, is_active=False, deleted_at=None).update(is_active=True):
            record("reactivate_account", subject=f"account:{user.pk}", actor=by)
    user.refresh_from_db()
