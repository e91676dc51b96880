"""Give a team another name."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

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
        rename(team, given)
        record("name_team", subject=f"team:{team.pk}", competition=team.competition, actor=by)
    team.refresh_from_db()
    return team


def rename(team: Team, name: str) -> None:
    """Write the name, in the close report too. The caller holds a transaction, and has asked who may."""
    locked = Competition.objects.select_for_update(no_key=True).get(pk=team.competition_id)
    if locked.close_report is not None:
        for row in (*locked.close_report.get("certificates", []), *_rewards(locked.close_report)):
            if row.get("team") == team.name:
                row["team"] = name
        locked.save(update_fields=["close_report"])
    Team.objects.filter(pk=team.pk).update(name=name)


def _rewards(report: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = report.get("rewards", {}).get("teams", [])
    return rows


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
