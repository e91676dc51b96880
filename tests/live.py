"""The whole site as its user starts it, `manage.py run`, in a folder of its own; driven over HTTP, stopped by pid."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.servers import Server, database_of_its_own, redis_server

ROOT = Path(__file__).resolve().parents[1]
START_S = 240.0  # a start takes five seconds; a machine with ten other things to do has taken ninety


@dataclass
class Site:
    """A running site: its address, its folder, its supervisor."""

    address: str
    folder: Path
    process: "subprocess.Popen[bytes]"
    database: str = ""  # the address of its PostgreSQL; without, SQLite lies in the folder
    broker: Server | None = None

    def pids(self, program: str) -> list[int]:
        """Of the web server (gunicorn) and what serves in its name, or of the workers (celery)."""
        mine = [pid for pid in _children(self.process.pid) if program.encode() in _command(pid)]
        return [*mine, *(child for pid in mine for child in _children(pid) if program.encode() in _command(child))]

    def kill_web(self) -> None:
        """kill -9 to the web server and to what serves in its name, in the middle of whatever they do."""
        for pid in self.pids("gunicorn"):
            os.kill(pid, signal.SIGKILL)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the site's database answers, asked past the site."""
        if self.database:
            with psycopg.connect(self.database) as database:
                return database.execute(query.encode()).fetchall()
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=20)) as embedded:
            return embedded.execute(query).fetchall()

    def api(self, username: str, password: str) -> httpx.Client:
        """A client of the API with a token of its own."""
        client = httpx.Client(base_url=f"{self.address}/api/v1/", timeout=30)
        asked = {"username": username, "password": password, "name": "test", "scopes": ["read", "submit", "organise"]}
        answer = client.post("tokens", json=asked)
        assert answer.status_code == 201, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return client


@contextmanager
def running(folder: Path, **env: str) -> Iterator[Site]:
    """Start the site and wait until it answers; stop it whatever happens."""
    port = _free_port()
    command = [sys.executable, "manage.py", "run", "--port", str(port)]
    variables = {k: v for k, v in os.environ.items() if k not in {"BOUNTY_TESTING", "DJANGO_SETTINGS_MODULE"}}
    variables |= {"BOUNTY_DATA_DIR": str(folder), **env}
    with (folder / "site.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=log, stderr=log, start_new_session=True)
    site = Site(f"http://127.0.0.1:{port}", folder, process)
    try:
        _wait(site)
        yield site
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def running_shared(folder: Path, server: str, **env: str) -> Iterator[Site]:
    """The same over PostgreSQL, in a database of its own on ``server``, and over a Redis of its own."""
    with (
        database_of_its_own(server) as database,
        redis_server() as broker,
        running(folder, DATABASE_URL=database, BROKER_URL=broker.url, **env) as site,
    ):
        site.database, site.broker = database, broker
        yield site


def _children(pid: int) -> list[int]:
    return [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _wait(site: Site) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert site.process.poll() is None, (site.folder / "site.log").read_text()[-2000:]
        try:
            if httpx.get(f"{site.address}/api/v1/competitions").is_success:
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.2)
    raise AssertionError(f"no answer within {START_S} s: " + (site.folder / "site.log").read_text()[-2000:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
