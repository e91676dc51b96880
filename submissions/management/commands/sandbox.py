"""`manage.py sandbox probe [--json]`: what `python -m scoring.sandbox probe` says."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from scoring.sandbox import BoxError
from scoring.sandbox.report import report


class Command(BaseCommand):
    """Exits 0 where entrants' code can be run behind the layer that is allowed, else 1."""

    help = "Try the walls that entrants' code runs behind, and say what this machine can do and why."
    requires_system_checks: list[str] = []  # they would say the same, less surely

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True)
        probing = commands.add_parser("probe", help="try each layer")
        probing.add_argument("--json", action="store_true", help="the same for programs")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            found = report()
        except BoxError as error:
            raise CommandError(str(error), returncode=1) from error
        self.stdout.write(json.dumps(found.to_json(), indent=1) if options["json"] else "\n".join(found.lines()))
        if not found.ok:
            sys.exit(1)
