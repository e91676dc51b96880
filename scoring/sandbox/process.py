"""One box as processes: start it, talk to it, end it. Holds no opinion on what a job's end means."""

import array
import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Final

from scoring.sandbox.errors import BoxError
from scoring.sandbox.family import family_of, name_of, parents
from scoring.sandbox.installation import survey
from scoring.sandbox.layers import Layer, start_command
from scoring.sandbox.protocol import READY

START_S: Final = 60.0
END_S: Final = 5.0


class BoxProcess:
    """A running box: the waiting interpreter behind its walls, and the trusted end of its control socket."""

    def __init__(self, layer: Layer, python: Path) -> None:
        installation = survey(python)
        self.channel, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        info_out, info_in = os.pipe2(os.O_CLOEXEC)
        with tempfile.TemporaryFile() as said, inner, os.fdopen(info_out) as info:
            try:
                command = start_command(layer, installation, control=inner.fileno(), info=info_in)
                inherited = [inner.fileno(), *([info_in] if layer is Layer.BWRAP else [])]
                self._walls = _spawn(command, inherited, said)
            finally:
                os.close(info_in)
            inner.close()
            self._first = open_first(info)
            self._await_ready(said)

    def _await_ready(self, said: IO[bytes]) -> None:
        self.channel.settimeout(START_S)
        try:
            greeting = self.channel.recv(16)
        except OSError:
            greeting = b""
        self.channel.settimeout(None)
        if greeting != READY:
            self.end()
            said.seek(0)
            lines = said.read().decode("utf-8", "replace").strip().splitlines()
            raise BoxError(f"the box did not start: {lines[-1] if lines else 'it said nothing'}")

    @property
    def alive(self) -> bool:
        return self._walls.poll() is None

    def family(self) -> frozenset[int]:
        """The process ids of the walls and of all that descends from them, the orphans of the box included."""
        return family_of(self._walls.pid)

    def waiting(self) -> int:
        """The process id of the waiting interpreter: the only one with a parent that is still bubblewrap's own."""
        above, names = parents(), {process: name_of(process) for process in self.family()}
        interpreters = {process for process, name in names.items() if name.startswith("python")}
        return next(process for process in interpreters if above[process] not in interpreters)

    def send(self, message: bytes, descriptors: list[int]) -> None:
        """Sends one message; raises OSError when nobody is there."""
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors).tobytes())
        self.channel.sendmsg([message], [rights] if descriptors else [], socket.MSG_DONTWAIT)

    def end(self) -> None:
        """Ends everything in the box, however it stands. Returns when it is gone."""
        self.channel.close()
        if self._first is not None:
            # the first process of the namespace: the kernel ends all others with it
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
        else:
            self._walls.kill()
        try:
            self._walls.wait(END_S)
        except subprocess.TimeoutExpired:
            self._walls.kill()
            self._walls.wait()
        if self._first is not None:
            _await_end(self._first)
            os.close(self._first)
            self._first = None


def _spawn(command: list[str], inherited: list[int], said: IO[bytes]) -> subprocess.Popen[bytes]:
    """Starts the walls with an empty environment and nothing open but what they are meant to have."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=said,
        env={},
        cwd="/",
        pass_fds=inherited,
        start_new_session=True,
    )


def open_first(info: IO[str]) -> int | None:
    """A handle on the first process of the box's namespace, from what bubblewrap says; None when it says nothing."""
    try:
        return os.pidfd_open(json.loads(info.read())["child-pid"])
    except (ValueError, KeyError, ProcessLookupError):
        return None


def _await_end(process: int) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(process, selectors.EVENT_READ)
        deadline = time.monotonic() + END_S
        while time.monotonic() < deadline and not selector.select(deadline - time.monotonic()):
            pass
