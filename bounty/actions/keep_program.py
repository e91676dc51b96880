"""Programs of a team: accounts without a password, which send for it and count to its quota."""

from collections.abc import Sequence
from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from bounty import clock
from bounty.actions.issue_token import issue_token
from bounty.actions.record import record
from bounty.errors import Invalid, LimitReached, Refused
from bounty.models import ApiToken, Membership, Team, User
from bounty.policies import check_captain, check_leads, check_takes_teams

MOST: Final = 5  # of one team
SCOPES: Final = (ApiToken.Scope.READ.value, ApiToken.Scope.SUBMIT.value)
SHORTEST, LONGEST = 2, 40


def add_program(team: Team, *, name: str, by: User) -> User:
    """An account that nobody signs in with, in the team; it shows tokens that the captain makes for it.

    Raises:
        NotAllowed: for anyone but the team's captain.
        Invalid, Refused: the name is none that an account may have, or is taken.
        LimitReached: the team has as many as it may.
    """
    check_captain(by, team)
    check_takes_teams(team.competition)
    username = _checked(name)
    with transaction.atomic():
        locked = Team.objects.select_for_update(of=("self",), no_key=True).select_related("competition").get(pk=team.pk)
        check_captain(by, locked)
        if locked.programs().count() >= MOST:
            raise LimitReached("TOO_MANY_PROGRAMS", f"A team has at most {MOST} programs; end one first.", limit=MOST)
        program = _made(username)
        place = {"competition": locked.competition, "role": Membership.Role.PROGRAM}
        Membership.objects.create(team=locked, user=program, **place)
        subject = f"team:{locked.pk}"
        record("add_program", subject=subject, competition=locked.competition, actor=by, account=program.pk)
    return program


def issue_program_token(
    program: User, *, by: User, name: str, scopes: Sequence[str] = SCOPES, expires_in_days: int | None = 90
) -> tuple[ApiToken, str]:
    """A token for the team's program; it reads and submits, and organises nothing."""
    check_captain(by, team_of_program(program))
    if not set(scopes) <= set(SCOPES):
        raise Invalid("UNKNOWN_SCOPE", f"A program's token has the scopes {' or '.join(SCOPES)}.", field="scopes")
    return issue_token(program, name=name, scopes=scopes, expires_in_days=expires_in_days, by=by)


def end_program(program: User, *, by: User) -> None:
    """Its tokens open nothing any more, for good; what it sent stays the team's."""
    team = team_of_program(program)
    check_leads(by, team)
    with transaction.atomic():
        locked = Team.objects.select_for_update(of=("self",), no_key=True).select_related("competition").get(pk=team.pk)
        end(program)
        subject = f"team:{locked.pk}"
        record("end_program", subject=subject, competition=locked.competition, actor=by, account=program.pk)


def end_programs(team: Team) -> None:
    """All of a team that nobody is left in. The caller holds the team's row."""
    for place in team.programs():
        end(place.user)


def end(program: User) -> None:
    """Shut it. The caller holds a transaction, and has asked who may."""
    now = clock.now()
    User.objects.filter(pk=program.pk).update(is_active=False)
    program.api_tokens.filter(revoked_at=None).update(revoked_at=now)
    program.memberships.filter(left_at=None).update(left_at=now)


def team_of_program(program: User) -> Team:
    """Whose it is. Raises Refused where it has ended, or is a person."""
    place = Membership.objects.filter(user=program, role=Membership.Role.PROGRAM, left_at=None)
    found = place.select_related("team__competition").first()
    if found is None:
        raise Refused("NO_PROGRAM", "This is no program of a team, or has ended.")
    return found.team


def _made(username: str) -> User:
    if User.objects.filter(username__iexact=username).exists():
        raise Refused("PROGRAM_NAME_TAKEN", "Another account has this name; choose another.", field="name")
    program = User(username=username, is_program=True)
    program.set_unusable_password()
    try:
        with transaction.atomic():
            program.save(force_insert=True)
    except IntegrityError as error:
        raise Refused("PROGRAM_NAME_TAKEN", "Another account has this name; choose another.", field="name") from error
    return program


def _checked(name: str) -> str:
    username = name.strip()
    try:
        User.username_validator(username)
    except ValidationError as error:
        raise Invalid("PROGRAM_NAME", _NAMES, field="name") from error
    if not SHORTEST <= len(username) <= LONGEST:
        raise Invalid("PROGRAM_NAME", _NAMES, field="name")
    return username


_NAMES: Final = f"A program's name has {SHORTEST} to {LONGEST} letters, digits and @ . + - _."
