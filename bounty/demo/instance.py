"""A whole installation for one demonstration: its folder, its database, its web server and its worker."""

import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
from django.conf import settings
from django.core.management import call_command

from bounty.actions.import_bundle import examine, import_examined
from bounty.actions.publish_competition import publish_competition
from bounty.bundle.faults import BundleRefused
from bounty.bundle.reading import Bundle
from bounty.models import User
from bounty.processes import Program, start, stop_all, web_server, worker
from scoring import lending

HOST: Final = "127.0.0.1"
START_S: Final = 240.0  # a start takes five seconds; a busy machine has taken ninety
SEED: Final = 2022  # of the generated data set


class DidNotStart(Exception):
    """The web server or the worker of the demonstration ended, or never answered."""


@dataclass
class Instance:
    """The running processes, the competition, and the accounts' common password, which ends with the instance."""

    slug: str
    address: str
    password: str = field(repr=False)
    children: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def check_alive(self) -> None:
        """Nobody waits for a process that has ended."""
        for name, child in self.children.items():
            if child.poll() is not None:
                raise DidNotStart(f"the {name} ended with code {child.returncode}:\n{_last_lines(name)}")


@contextmanager
def running(bundle: Path | None, *, organiser: str, entrants: tuple[str, ...]) -> Iterator[Instance]:
    """The instance of this process's settings, prepared and started; its processes are stopped however it ends."""
    examined = _examined(bundle)  # first: a bundle with a fault needs no database to say so
    call_command("migrate", verbosity=0)
    password = secrets.token_urlsafe(16)
    competition = import_examined(examined, organiser=_account(organiser, password))
    publish_competition(competition, by=competition.organiser)
    for name in entrants:
        _account(name, password)
    port = _free_port()
    instance = Instance(competition.slug, f"http://{HOST}:{port}", password)
    try:
        for program in (web_server(HOST, port), worker()):
            instance.children[program.name] = _started(program)
        _wait_until_it_answers(instance)
        yield instance
    finally:
        stop_all(list(instance.children.values()))


def _examined(bundle: Path | None) -> Bundle:
    folder = bundle or settings.DATA_DIR / "lending"
    if bundle is None:
        lending.bundle(folder, seed=SEED)
    examined = examine(folder)
    if examined.faults:
        raise BundleRefused(examined.faults)
    return examined


def _account(name: str, password: str) -> User:
    return User.objects.create_user(name, f"{name}@example.org", password)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _started(program: Program) -> "subprocess.Popen[bytes]":
    with _log(program.name).open("wb") as log:
        return start(program, log=log.fileno())


def _wait_until_it_answers(instance: Instance) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        instance.check_alive()
        try:
            if httpx.get(f"{instance.address}/api/v1/competitions").is_success:
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.1)
    raise DidNotStart(f"the web server did not answer within {START_S:.0f} s:\n{_last_lines('web')}")


def _log(name: str) -> Path:
    return Path(settings.DATA_DIR) / f"{name}.log"


def _last_lines(name: str) -> str:
    return "\n".join(_log(name).read_text(errors="replace").splitlines()[-15:])
