"""Where attacks are let loose and what they did is looked at: bait laid out, a box, and questions asked afterwards."""

import base64
import contextlib
import os
import secrets
import socket
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np

from scoring.sandbox.host import Box
from scoring.sandbox.layers import Layer
from scoring.sandbox.limits import KIB
from scoring.sandbox.runs import GroupRun, PatchRun, run_group
from scoring.sandbox.verdicts import SandboxVerdict
from scoring.tables import NumberColumn, Table

ROWS: Final = 5_000
COLUMNS: Final = 20
GOOD: Final = b"def group(X):\n    return X['f1'] > X['f0']\n"
LARGE: Final = ("/opt/box", "/opt/python")  # the packages and the interpreter: bound read-only, too many to list
CANARY_BYTES: Final = 96 * KIB  # of the source before an attack: more than a freed block's next use writes over
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
        # never made anew by itself, so that a new one is the doing of an attack
        self.box = self._closing.enter_context(Box.start(layer=layer, jobs_per_box=sys.maxsize))
        self._look()

    def _look(self) -> None:
        """How things are while all is well."""
        self._root = f"/proc/{self.box.waiting()}/root"  # as the waiting interpreter sees it
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

    def fill(self, source: bytes) -> bytes:
        """The source with its placeholders replaced."""
        for name, value in (("SECRETDIR", self.folder), ("SECRET", self.secret), ("PORT", self.port)):
            source = source.replace(f"@{name}@".encode(), str(value).encode())
        return source

    def run(self, source: bytes) -> GroupRun:
        """A job of the range's own, aloud."""
        return run_group(self.box, source, self.table, hidden=False)

    def census(self) -> list[str]:
        """The names of all files in the box that somebody might have made, as seen from outside it."""
        if self._layer is not Layer.BWRAP:
            return []  # its root is the machine's own, where others make files too: the bait's folder has to do
        root, found = self._root, []
        for top, folders, files in os.walk(root, onerror=_refuse):
            folders[:] = [name for name in folders if f"{top}/{name}".removeprefix(root) not in LARGE]
            found += [f"{top}/{name}".removeprefix(root) for name in folders + files]
        return sorted(found)

    def begin(self) -> None:
        """Before an attack: a box that works, and a job whose source and memory held the canary."""
        if not self.box.alive or self.box.generation != self._generation:
            self.box.renew()
            self._look()
        secret = (self.canary * (CANARY_BYTES // len(self.canary) + 1)).encode()
        self.run(b"SECRET = '%s'\ndef group(X):\n    return X['f0'] > len(SECRET)\n" % secret)

    def problems(self, *runs: GroupRun | PatchRun) -> list[str]:
        """All that is not as it was before, in plain words."""
        said = "\n".join(run.message + run.log for run in runs)
        found = [
            ("a canary came out", any(form in said for canary in self._canaries for form in _disguises(canary))),
            ("a packet came to the listener", self._heard()),
            ("a file was made", [entry.name for entry in self.folder.iterdir()] != [self.secret.name]),
            *self._harm(),
            ("the next job's mask is wrong", not self._good_job_is_right()),
        ]
        return [problem for problem, is_so in found if is_so]

    def _harm(self) -> list[tuple[str, bool]]:
        """What became of the box itself."""
        if self.box.generation != self._generation or not self.box.alive:
            return [("the box did not survive", True)]
        try:
            return [
                ("a file was made", self.census() != self._made),
                # how many, not which: each job has had its process made ahead
                ("a process was left", len(self.box.processes()) != self._processes),
            ]
        except OSError:
            return [("the box could not be looked at", True)]

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


def _disguises(canary: str) -> tuple[str, ...]:
    """The canary as it is, and in the forms in which it would pass for something else."""
    plain = canary.encode()
    return canary, canary[::-1], plain.hex(), base64.b64encode(plain).decode().rstrip("=")[:-2], "\ufffd".join(canary)


def _refuse(error: OSError) -> None:
    """A census that cannot look proves nothing."""
    raise error


def _table() -> Table:
    rng = np.random.default_rng(0)
    return Table(tuple(NumberColumn(f"f{i}", rng.normal(size=ROWS)) for i in range(COLUMNS)), ROWS)


def _numbers(table: Table, name: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    column = table[name]
    return np.asarray(column.to_series(), dtype=np.float64)
