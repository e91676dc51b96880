"""The main job, headless, from upload to the close, on an installation of its own that is thrown away."""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bounty.bundle.faults import BundleRefused
from bounty.demo import main_job
from bounty.demo.instance import DidNotStart
from bounty.demo.main_job import NothingMerged
from bounty.processes import Program, start, stop_all
from bounty_client import ClientError

# What would lead to another installation's database, queue or secrets.
_ELSEWHERE: Final = (
    "BOUNTY_PRODUCTION",
    "DATABASE_URL",
    "BROKER_URL",
    "SECRET_KEY",
    "SECRET_KEY_FILE",
    "BOUNTY_SIGNING_KEY",
    "BOUNTY_SIGNING_KEY_FILE",
    "ALLOWED_HOSTS",
)


class Command(BaseCommand):
    help = "Scripted entrants compete on a bundle (or the generated one) over the REST API, on a temporary instance."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("bundle", nargs="?", type=Path, help="an organiser's bundle; without, the generated one")
        parser.add_argument("--hunters", action="store_true", help="the client's hunters compete")
        parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)

    def handle(self, *, bundle: Path | None, inside: Path | None, hunters: bool = False, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        if inside is None:
            sys.exit(_run_in_a_folder_of_its_own(bundle, ["--hunters"] if hunters else []))
        if inside.resolve() != settings.DATA_DIR:
            raise CommandError("The option --inside is the command's own.")
        try:
            main_job.run(bundle, say=self.stdout.write, hunters=hunters)
        except BundleRefused as refused:
            raise CommandError("\n".join([refused.sentence, *map(str, refused.faults)])) from refused
        except (NothingMerged, DidNotStart, ClientError) as error:
            raise CommandError(f"It stopped here: {error}") from error


def _run_in_a_folder_of_its_own(bundle: Path | None, options: list[str]) -> int:
    """Begin again in a process whose settings lead nowhere else; what it leaves behind is removed, however it ends."""
    for name in _ELSEWHERE:
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="bounty-demo-", ignore_cleanup_errors=True) as folder:
        command = (sys.executable, str(settings.BASE_DIR / "manage.py"), "demo", "--inside", folder, *options)
        arguments = (*command, str(bundle.resolve())) if bundle else command
        child = start(Program("demo", arguments), env={"BOUNTY_DATA_DIR": folder})
        try:
            return child.wait()
        except KeyboardInterrupt:
            return 130
        finally:
            stop_all([child])
