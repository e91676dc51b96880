"""The whole site as its user starts it, `manage.py run`, in a folder of its own; driven over HTTP, stopped by pid."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[1]
START_S = 240.0  # a start takes five seconds; a machine with ten other things to do has taken ninety


@dataclass
class Site:
    """A running site: its address, its folder, its supervisor."""

    address: str
    folder: Path
    process: "subprocess.Popen[bytes]"

    def children(self) -> dict[str, int]:
        """The pids of the web server and the worker, from the kernel's own list."""
        found = {}
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in map(int, listed):
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            found["worker" if b"celery" in command else "web"] = pid
        return found

    def kill(self, name: str) -> None:
        """kill -9, in the middle of whatever it does."""
        os.kill(self.children()[name], signal.SIGKILL)

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
