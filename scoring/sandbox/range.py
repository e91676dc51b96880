"""Where attacks are let loose and what they did is looked at: bait laid out, a box, and questions asked afterwards."""

import contextlib
import os
import secrets
import socket
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np

from scoring.sandbox.host import Box
from scoring.sandbox.layers import Layer
from scoring.sandbox.runs import GroupRun, run_group
from scoring.sandbox.verdicts import SandboxVerdict
from scoring.tables import NumberColumn, Table

ROWS: Final = 5_000
COLUMNS: Final = 20
GOOD: Final = b"def group(X):\n    return X['f1'] > X['f0']\n"
LARGE: Final = ("/opt/box", "/opt/python")  # the packages and the interpreter: bound read-only, too many to list
CANARY_VARIABLE: Final = "BOUNTY_CANARY"


class Range:
    """One box with bait around it; for one thread."""

    def __init__(self, layer: Layer = Layer.BWRAP) -> None:
        self._layer = layer
        self.canary = "canary" + secrets.token_hex(8)
        os.environ.setdefault(CANARY_VARIABLE, self.canary)
        self._canaries = (self.canary, os.environ[CANARY_VARIABLE])
        self._closing = contextlib.ExitStack()
        self.folder = Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="bait-")))
        self.folder.chmod(0o755)
        self.secret = self.folder / "secret.txt"
        self.secret.write_text(self.canary)
        self.secret.chmod(0o644)
        self._listeners = self._listen()
        self.table = _table()
        self.box = self._closing.enter_context(Box.start(layer=layer))
        self._made = self.census()
        self._processes = len(self.box.processes())
        self._generation = self.box.generation

    def _listen(self) -> list[socket.socket]:
        """TCP and UDP on one port of the machine's own loopback."""
        while True:
            stream, datagram = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
            stream.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                datagram.bind(stream.getsockname())
                stream.listen()
                for listener in (stream, datagram):
                    listener.setblocking(False)
                    self._closing.callback(listener.close)
                return [stream, datagram]

    @property
    def port(self) -> int:
        return int(self._listeners[0].getsockname()[1])

    def fill(self, source: str) -> str:
        """The source with its placeholders replaced."""
        for name, value in (("SECRETDIR", self.folder), ("SECRET", self.secret), ("PORT", self.port)):
            source = source.replace(f"@{name}@", str(value))
        return source

    def run(self, source: bytes) -> GroupRun:
        """A job of the range's own, aloud."""
        return run_group(self.box, source, self.table, hidden=False)

    def census(self) -> list[str]:
        """The names of all files in the box that somebody might have made, as seen from outside it."""
        if self._layer is not Layer.BWRAP:
            return []  # its root is the machine's own, where others make files too: the bait's folder has to do
        root = f"/proc/{self.box.waiting()}/root"
        found = []
        for top, folders, files in os.walk(root, onerror=_refuse):
            folders[:] = [name for name in folders if f"{top}/{name}".removeprefix(root) not in LARGE]
            found += [f"{top}/{name}".removeprefix(root) for name in folders + files]
        return sorted(found)

    def leave_a_trace(self) -> None:
        """Runs a job whose source and memory hold the canary: the one before the attack."""
        self.run(b"SECRET = '%s' * 100\ndef group(X):\n    return X['f0'] > len(SECRET)\n" % self.canary.encode())

    def problems(self, *runs: GroupRun) -> list[str]:
        """All that is not as it was before, in plain words."""
        found = []
        if any(canary in run.message + run.log for run in runs for canary in self._canaries):
            found.append("a canary came out")
        if self._heard():
            found.append("a packet came to the listener")
        if [entry.name for entry in self.folder.iterdir()] != [self.secret.name] or self.census() != self._made:
            found.append("a file was made")
        if self.box.generation != self._generation or not self.box.alive:
            found.append("the box did not survive")
        elif len(self.box.processes()) != self._processes:  # which ones is no sign: each job has one made ahead
            found.append("a process was left")
        if not self._good_job_is_right():
            found.append("the next job's mask is wrong")
        return found

    def _heard(self) -> bool:
        heard = False
        with contextlib.suppress(BlockingIOError):
            self._listeners[0].accept()[0].close()
            heard = True
        with contextlib.suppress(BlockingIOError):
            self._listeners[1].recv(1)
            heard = True
        return heard

    def _good_job_is_right(self) -> bool:
        run = self.run(GOOD)
        right = _numbers(self.table, "f1") > _numbers(self.table, "f0")
        return run.verdict == SandboxVerdict.OK and run.mask is not None and bool(np.array_equal(run.mask, right))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()


def _refuse(error: OSError) -> None:
    """A census that cannot look proves nothing."""
    raise error


def _table() -> Table:
    rng = np.random.default_rng(0)
    return Table(tuple(NumberColumn(f"f{i}", rng.normal(size=ROWS)) for i in range(COLUMNS)), ROWS)


def _numbers(table: Table, name: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    column = table[name]
    return np.asarray(column.to_series(), dtype=np.float64)
