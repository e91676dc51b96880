"""`manage.py check_commitment SLUG [--bundle PATH]`: are the hidden rows those that the competition opened with?"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bounty import evidence
from bounty.actions.import_bundle import examine, hidden_digests
from bounty.errors import BountyError
from bounty.models import SplitCommitment


class Command(BaseCommand):
    """Exits 1 where they are not."""

    help = "Compare the stored hidden rows, or those of a bundle, with the commitment that the competition opened with."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="The competition.")
        parser.add_argument("--bundle", type=Path, help="The bundle it was imported from; without, what is stored.")

    def handle(self, *_args: Any, slug: str, bundle: Path | None, **_options: Any) -> None:
        made = SplitCommitment.objects.filter(competition__slug=slug).select_related("competition").first()
        if made is None:
            raise CommandError(f"No commitment was published for {slug}.", returncode=1)
        what = "The bundle's hidden rows" if bundle else "The stored hidden rows"
        if _found(made, bundle) != made.value:
            raise CommandError(f"{what} are not those that {slug} opened with.", returncode=1)
        self.stdout.write(f"{what} are those that {slug} opened with: {made.value}.")


def _found(made: SplitCommitment, bundle: Path | None) -> str:
    try:
        if bundle is None:
            return evidence.commitment(made.competition)
        examined = examine(bundle)
        if examined.faults:
            raise CommandError("\n".join(map(str, examined.faults)), returncode=1)
        return evidence.commitment(made.competition, hidden_digests(examined))
    except BountyError as error:
        raise CommandError(error.sentence, returncode=1) from error
