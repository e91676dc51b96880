"""Give a team another name."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import IntegrityError, transaction

from bounty.actions.record import record
from bounty.errors import Invalid, Refused
from bounty.models import Competition, Team, User
from bounty.policies import check_captain

MAX_NAME: Final = 80
ANONYMOUS: Final = "Anonymous team"  # what the platform calls teams whose people have deleted their accounts


def name_team(team: Team, *, name: str, by: User) -> Team:
    """The team under its new name; the board shows it at once."""
    check_captain(by, team)
    with named(team.competition, name) as given, transaction.atomic():
        Team.objects.filter(pk=team.pk).update(name=given)
        record("name_team", subject=f"team:{team.pk}", competition=team.competition, actor=by)
    team.refresh_from_db()
    return team


@contextmanager
def named(competition: Competition, name: str) -> Iterator[str]:
    """The name, drawn together, to write in the block; a name that is taken or not to be had is refused."""
    given = " ".join(name.split())[:MAX_NAME]
    if not given or not given.isprintable():
        raise Invalid("TEAM_NAME_MISSING", "Give the team a name of printable letters.", field="team_name")
    taken = Refused("TEAM_NAME_TAKEN", "Another team has this name; choose another.", field="team_name")
    if given.casefold().startswith(ANONYMOUS.casefold()):
        raise taken
    try:
        with transaction.atomic():
            yield given
    except IntegrityError as error:
        raise taken from error
