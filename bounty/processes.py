"""The site's own processes on one machine: started together, stopped together, started again when one dies."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

_PR_SET_PDEATHSIG: Final = 1
_BIN: Final = Path(sys.executable).parent
STOP_S: Final = 15.0  # what is not gone by then is killed; a killed worker's work is taken up by the next
RESTART_S: Final = 1.0


@dataclass(frozen=True)
class Program:
    """A command line with a name for the log."""

    name: str
    command: tuple[str, ...]


def web_server(host: str, port: int) -> Program:
    options = ("--workers", "1", "--preload", "--access-logfile", "/dev/null", "--log-level", "warning")
    site = ("bounty.asgi:application", "--worker-class", "bounty.web_worker.Worker")
    return Program("web", (str(_BIN / "gunicorn"), *site, "--bind", f"{host}:{port}", *options))


def workers() -> list[Program]:
    """One where the queue is embedded in it; where the broker is shared, as many as ``BOUNTY_WORKERS`` says."""
    if settings.EMBEDDED_QUEUE:
        return [worker()]
    return [worker(f"worker-{i}") for i in range(1, settings.WORKERS + 1)]


def worker(name: str = "worker") -> Program:
    """One worker process: in the solo pool the broker's consumer, the relay and the box live and die together."""
    options = ("--pool", "solo", "--loglevel", "WARNING", "--without-gossip", "--without-mingle")
    command = (sys.executable, "-m", "celery", "-A", "bounty.celery", "--quiet", "worker", *options)
    return Program(name, (*command, "--hostname", f"{name}@%h"))


class Supervisor:
    """Runs programs until SIGINT or SIGTERM, or until one cannot be kept alive."""

    MAX_FAILURES = 10  # of one program, in a row: what lived for ``ALIVE_S`` had started well, however it ended
    ALIVE_S = 20.0

    def __init__(self, programs: list[Program]) -> None:
        self.programs = programs
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.started_at: dict[str, float] = {}
        self.failures: Counter[str] = Counter()
        self.stopping = threading.Event()

    def run(self) -> int:
        """Start everything and wait; returns the exit code."""
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: self.stopping.set())
        try:
            while not self.stopping.is_set():
                self._keep_alive()
                self.stopping.wait(0.5)
        finally:
            self.stop()
        return 1 if self.failures and max(self.failures.values()) > self.MAX_FAILURES else 0

    def _keep_alive(self) -> None:
        for program in self.programs:
            child = self.children.get(program.name)
            if child is not None and child.poll() is None:
                continue
            if child is not None:
                self._count_failure(program, child)
            if not self.stopping.is_set():
                self.children[program.name] = start(program)
                self.started_at[program.name] = time.monotonic()

    def _count_failure(self, program: Program, child: "subprocess.Popen[bytes]") -> None:
        print(f"{program.name} ended ({child.returncode}); it is started again.", file=sys.stderr, flush=True)
        lived_s = time.monotonic() - self.started_at[program.name]
        self.failures[program.name] = 0 if lived_s > self.ALIVE_S else self.failures[program.name] + 1
        if self.failures[program.name] > self.MAX_FAILURES:
            print(f"{program.name} does not stay alive; stopping.", file=sys.stderr, flush=True)
            self.stopping.set()
        self.stopping.wait(RESTART_S)

    def stop(self) -> None:
        """Ask every child to stop, wait, then kill what is left."""
        stop_all(list(self.children.values()))


def start(program: Program, *, env: dict[str, str] | None = None, log: int | None = None) -> "subprocess.Popen[bytes]":
    """Start a program that dies when this process does, however this one ends."""
    return subprocess.Popen(
        program.command,
        cwd=settings.BASE_DIR,
        env=os.environ | (env or {}),
        stdout=log,
        stderr=log,
        preexec_fn=_die_with_parent,  # noqa: PLW1509  the parent has no threads yet, and there is no other hook
    )


def stop_all(children: "list[subprocess.Popen[bytes]]") -> None:
    """Terminate, wait, kill: by process id, these and no others."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + STOP_S
    for child in children:
        try:
            child.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    # Ctrl-C reaches the whole process group; only the supervisor acts on it, and stops the others in its own way.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
