"""`manage.py replay COMPETITION`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bounty.errors import BountyError
from bounty.models import Competition
from submissions.actions.replay import Replayed, replay


class Command(BaseCommand):
    """Exits 0 where every version is what its merges make of it, 1 where one is not, 2 where nothing could be built."""

    help = "Build every version of a competition's model again, from version 0, and compare it with what is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("competition", help="The competition's short name, as in its address.")

    def handle(self, *_args: Any, **options: Any) -> None:
        competition = Competition.objects.filter(slug=options["competition"]).first()
        if competition is None:
            raise CommandError(f"There is no competition {options['competition']}.", returncode=2)
        try:
            found = replay(competition)
        except (BountyError, FileNotFoundError) as error:  # stored rows or answers that are damaged, or gone
            raise CommandError(str(error), returncode=2) from error
        for each in found:
            self.stdout.write(_line(each))
        wrong = sum(bool(each.differs) for each in found)
        if wrong:
            raise CommandError(f"{wrong} of {len(found)} versions differ from what their merges make.", returncode=1)
        self.stdout.write(f"{len(found)} versions, all equal; version {found[-1].version.number} answers.")


def _line(each: Replayed) -> str:
    verdict = f"DIFFERS in its {', '.join(each.differs)}" if each.differs else "equal"
    return f"version {each.version.number}: {each.made_of}: {verdict}"
