"""A whole site, served and with a worker, for clients to meet: a small competition, its organiser, bots with tokens."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.live import ROOT, Site, running

SLUG: Final = "small-loans"


@dataclass(frozen=True)
class Arena:
    """The site and everyone's token."""

    site: Site
    tokens: dict[str, str]

    @property
    def address(self) -> str:
        return self.site.address


@contextmanager
def arena(folder: Path, *, names: Sequence[str], per_day: int = 50) -> Iterator[Arena]:
    """Made before it is served, so that no demonstration is; gone afterwards."""
    tokens = _prepared(folder, per_day, names)
    with running(folder) as site:
        yield Arena(site, tokens)


def _prepared(folder: Path, per_day: int, names: Sequence[str]) -> dict[str, str]:
    """In a process of its own: the site's settings are read once a process."""
    environment = {name: value for name, value in os.environ.items() if name != "BOUNTY_TESTING"}
    environment |= {"DJANGO_SETTINGS_MODULE": "bounty.settings", "BOUNTY_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "tests.client.prepare", str(folder), str(per_day), *names]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    tokens: dict[str, str] = json.loads(done.stdout)
    return tokens
