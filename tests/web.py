"""The web server as it is started in production, alone, on the database of the tests."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from django.conf import settings
from django.db import connection

from bounty.processes import start, web_server

START_S = 120.0


@dataclass
class WebServer:
    """Where it answers, and its process."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(**env: str) -> Iterator[WebServer]:
    """Started, answering, and stopped whatever happens. What tests write must be committed for it to see."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    database = {"DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}", "BROKER_URL": "memory://"}
    folder = {"BOUNTY_DATA_DIR": str(settings.DATA_DIR), "DJANGO_SETTINGS_MODULE": "bounty.settings"}
    server = WebServer(port, start(web_server("127.0.0.1", port), env=database | folder | env))
    try:
        _wait(server)
        yield server
    finally:
        server.process.send_signal(signal.SIGTERM)
        try:
            server.process.wait(20)
        except subprocess.TimeoutExpired:
            os.kill(server.process.pid, signal.SIGKILL)
            server.process.wait()


def _wait(server: WebServer) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert server.process.poll() is None, "the web server ended at its start"
        try:
            if httpx.get(f"{server.address}/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)  # it does not listen yet
    raise AssertionError(f"no answer within {START_S} s")
