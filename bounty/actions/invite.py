"""Invite into a team or into a private competition: by a link, or by mail."""

import datetime as dt
import hashlib
import secrets
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction

from bounty import clock
from bounty.actions.record import record
from bounty.errors import Fault, Invalid, LimitReached, Refused
from bounty.models import AuditEvent, Competition, Invitation, Team, User
from bounty.policies import check_captain, check_organises, check_takes_teams

LASTS_DAYS: Final = 14
MAX_A_DAY: Final = 50  # of one person, revoked ones included: a team is no way to write to strangers
_DAY: Final = dt.timedelta(days=1)
_HINT: Final = 6


def invite_to_team(team: Team, *, by: User, email: str = "") -> tuple[Invitation, str]:
    """The invitation and its secret, which is shown once; with an address it lets one in, else as many as have room.

    Raises:
        NotAllowed: for anyone but the captain.
        Refused: when the competition takes no teams now, or the team is merged into another.
        LimitReached: after too many invitations in a day.
    """
    check_captain(by, team)
    check_takes_teams(team.competition)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        locked = Team.objects.select_for_update(no_key=True).select_related(None).get(pk=team.pk)
        if locked.merged_into_id is not None:
            raise Refused("TEAM_MERGED", "This team has become part of another.")
        _check_count(by)
        return _make(team.competition, team=locked, by=by, email=email)


def invite_to_competition(
    competition: Competition, *, by: User, email: str = "", max_uses: int | None = None
) -> tuple[Invitation, str]:
    """The same for a private competition, by its organiser; a link lets in ``max_uses`` people, or any number."""
    check_organises(by, competition)
    if competition.visibility != Competition.Visibility.PRIVATE:
        sentence = "Everyone may see this competition; invitations are for private ones."
        raise Refused("NOT_PRIVATE", sentence, fault=Fault.ORGANISER)
    with transaction.atomic():
        return _make(competition, team=None, by=by, email=email, max_uses=max_uses)


def digest_of(secret: str) -> str:
    """What of a secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _check_count(by: User) -> None:
    """Counted in the record, which outlives teams. The caller holds the person's row, so that nobody counts beside."""
    recent = AuditEvent.objects.filter(verb="invite", actor=by, at__gt=clock.now() - _DAY).order_by("at")
    if recent.count() >= MAX_A_DAY:
        sentence = f"You have made {MAX_A_DAY} invitations in 24 hours; make more later."
        raise LimitReached("TOO_MANY_INVITATIONS", sentence, resets_at=(recent[0].at + _DAY).isoformat())


def _make(
    competition: Competition, *, team: Team | None, by: User, email: str, max_uses: int | None = None
) -> tuple[Invitation, str]:
    secret = secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(
        competition=competition,
        team=team,
        email=_address(email),
        hint=secret[:_HINT],
        sha256=digest_of(secret),
        made_by=by,
        expires_at=clock.now() + dt.timedelta(days=LASTS_DAYS),
        max_uses=1 if email else max_uses,
    )
    # The address is personal: the record says only that there is one.
    subject, by_mail = f"invitation:{invitation.pk}", bool(email)
    record(
        "invite", subject=subject, competition=competition, actor=by, by_mail=by_mail, team=team.pk if team else None
    )
    return invitation, secret


def _address(email: str) -> str:
    if not email:
        return ""
    try:
        Invitation._meta.get_field("email").clean(email, None)
        email.rpartition("@")[2].encode("idna")  # which the mail server's name must bear
    except (ValidationError, UnicodeError) as error:
        raise Invalid("ADDRESS_WRONG", "This is no e-mail address.", field="email") from error
    return email
