"""Delete an account: nothing of the person stays, and what others rely on keeps standing under no name."""

import secrets
from functools import reduce
from operator import or_

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q

from bounty import clock
from bounty.actions.leave_team import take_out
from bounty.actions.name_team import ANONYMOUS, rename
from bounty.actions.record import record
from bounty.errors import Refused
from bounty.models import AuditEvent, Competition, Invitation, Team, User
from bounty.policies import check_keeps_accounts


def delete_account(user: User, *, by: User | None = None) -> None:
    """The row stays without name, address, password or rights, for the submissions, acceptances and acts that refer to
    it; teams of which it was the last member, or which bear its name, keep their place on the board as anonymous ones.
    ``by`` is who deletes another's account; without, the person does it.

    Raises:
        NotAllowed: for another who does not keep the accounts of this site.
        Refused: while the person organises a competition that is not closed, or is the only administrator; a second
            time.
    """
    by = by or user
    if by.pk != user.pk:
        check_keeps_accounts(by, user)
    with transaction.atomic():
        # Administrators are counted under their rows' locks, or the last two could go at once; then teams, by keys.
        list(User.objects.select_for_update(no_key=True).filter(is_superuser=True).exclude(pk=user.pk).order_by("pk"))
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _check_dispensable(locked)
        list(Team.objects.select_for_update(no_key=True).filter(memberships__user=locked).order_by("pk"))
        for team in Team.objects.of(locked):
            take_out(team, user=locked, by=by)
        _rename_teams(locked)
        _forget(locked)
        record("delete_account", subject=f"account:{locked.pk}", actor=by)
    user.refresh_from_db()


def _check_dispensable(user: User) -> None:
    if user.deleted_at is not None:
        raise Refused("ACCOUNT_DELETED", "This account is deleted already.")
    running = Competition.objects.filter(organiser=user).exclude(
        state__in=[Competition.State.DRAFT, Competition.State.CLOSED]
    )
    if running.exists():
        names = ", ".join(running.values_list("title", flat=True)[:5])
        raise Refused("STILL_ORGANISES", f"This account organises what is not closed yet: {names}. Close it first.")
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    if user.is_superuser and not others.exists():
        raise Refused("LAST_ADMINISTRATOR", "This is the only administrator; make another first.")


def _rename_teams(user: User) -> None:
    """A team without members may bear its last member's name; one with others keeps its name, unless it is theirs: of
    those that they are or were in, or have founded."""
    founded = AuditEvent.objects.filter(actor=user, verb="join_competition").values_list("subject", flat=True)
    keys = [int(key) for kind, _, key in (subject.partition(":") for subject in founded) if kind == "team"]
    theirs = Team.objects.filter(Q(memberships__user=user) | Q(pk__in=keys)).distinct()
    for team in theirs.exclude(name__startswith=ANONYMOUS):
        if team.name == user.username or (team.merged_into_id is None and not team.present().exists()):
            rename(team, f"{ANONYMOUS} {team.pk}")


def _forget(user: User) -> None:
    addresses = [user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)]
    used = AuditEvent.objects.filter(actor=user, verb="accept_invitation").values_list("subject", flat=True)
    keys = [int(subject.rpartition(":")[2]) for subject in used]
    sent = [Q(email__iexact=address) for address in addresses if address]
    Invitation.objects.filter(reduce(or_, sent, Q(pk__in=keys))).update(email="")
    EmailAddress.objects.filter(user=user).delete()
    user.api_tokens.all().delete()
    user.admissions.all().delete()
    user.kept_answers.all().delete()
    for session in UserSession.objects.filter(user=user):
        session.end()
    user.username = f"deleted-{user.pk}-{secrets.token_hex(3)}"
    user.email = user.first_name = user.last_name = user.affiliation = user.about = user.homepage = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login, user.deleted_at = None, clock.now()
    user.set_unusable_password()
    user.save()
    user.groups.clear()
    user.user_permissions.clear()
    about_user = {"content_type": ContentType.objects.get_for_model(User), "object_id": str(user.pk)}
    LogEntry.objects.filter(**about_user).update(object_repr=user.username, change_message="")
