"""The main job, headless, from upload to the close, on an installation of its own that is thrown away."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any, Final, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bounty.bundle.faults import BundleRefused
from bounty.demo import main_job
from bounty.demo.client import Problem
from bounty.demo.instance import DidNotStart
from bounty.demo.main_job import NothingMerged

# What would lead to another installation's database, queue or secrets.
_ELSEWHERE: Final = (
    "BOUNTY_PRODUCTION",
    "DATABASE_URL",
    "BROKER_URL",
    "SECRET_KEY",
    "SECRET_KEY_FILE",
    "ALLOWED_HOSTS",
)


class Command(BaseCommand):
    help = "Scripted entrants compete on a bundle (or the generated one) over the REST API, on a temporary instance."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("bundle", nargs="?", type=Path, help="an organiser's bundle; without, the generated one")
        parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)

    def handle(self, *, bundle: Path | None, inside: Path | None, **options: Any) -> None:
        if inside is None:
            _begin_inside(bundle)
        elif inside.resolve() != settings.DATA_DIR:
            raise CommandError("The option --inside is the command's own.")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            main_job.run(bundle, say=self.stdout.write)
        except BundleRefused as refused:
            raise CommandError("\n".join([refused.sentence, *map(str, refused.faults)])) from refused
        except (NothingMerged, DidNotStart, Problem) as error:
            raise CommandError(f"It stopped here: {error}") from error
        except KeyboardInterrupt:
            raise CommandError("Stopped.", returncode=130) from None
        finally:
            shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


def _begin_inside(bundle: Path | None) -> NoReturn:
    """Begin again in a folder of our own: settings read their environment once, at the start of a process."""
    folder = tempfile.mkdtemp(prefix="bounty-demo-")
    kept = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo", "--inside", folder]
    sys.stdout.flush()
    os.execve(sys.executable, [*command, str(bundle)] if bundle else command, kept | {"BOUNTY_DATA_DIR": folder})
