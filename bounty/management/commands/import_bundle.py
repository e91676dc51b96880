"""`manage.py import_bundle PATH [--check] [--organiser NAME]`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bounty.actions.import_bundle import examine, import_examined
from bounty.bundle.reading import Bundle
from bounty.errors import BountyError
from bounty.models import User


class Command(BaseCommand):
    """Checks a bundle, and imports it unless only asked to check. Exits 1 with every fault named."""

    help = "Import a competition from a folder with competition.yaml and one Parquet or CSV file a split."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="The bundle's folder.")
        parser.add_argument("--check", action="store_true", help="Only check the bundle; write nothing.")
        parser.add_argument("--organiser", default="", help="The account that will own the competition.")

    def handle(self, *_args: Any, **options: Any) -> None:
        bundle = examine(options["path"])
        if bundle.faults:
            for fault in bundle.faults:
                self.stdout.write(str(fault))
            count = len(bundle.faults)
            raise CommandError(f"{count} fault{'s' if count > 1 else ''}; nothing was written.", returncode=1)
        for note in bundle.notes:
            self.stdout.write(note)
        if options["check"]:
            self.stdout.write(f"The bundle is valid: {sizes(bundle)}.")
            return
        try:
            competition = import_examined(bundle, organiser=_organiser(options["organiser"]))
        except BountyError as error:
            raise CommandError(error.sentence, returncode=1) from error
        self.stdout.write(f"Imported {competition.slug} as a draft: {sizes(bundle)}.")


def sizes(bundle: Bundle) -> str:
    """The splits and their rows, in words."""
    return ", ".join(f"{split} {len(frame.rows):,} rows" for split, frame in bundle.frames.items())


def _organiser(name: str) -> User:
    """The named account, or the only administrator there is."""
    if name:
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no account {name}.", returncode=1)
        return user
    administrators = list(User.objects.filter(is_superuser=True)[:2])
    if len(administrators) != 1:
        raise CommandError("Say whose competition it is: --organiser NAME.", returncode=1)
    return administrators[0]
