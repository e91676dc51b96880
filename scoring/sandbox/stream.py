"""A box in a container, spoken to over two pipes: the same jobs, limits and judgement as through descriptors.

The launcher starts the container and hands over the pipes' ends (see ``launcher``); this side never executes anything.
"""

import array
import contextlib
import json
import os
import select
import socket
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

from scoring.sandbox.attempt import BEGIN_S, GRACE_S, Course, Outcome
from scoring.sandbox.errors import BoxError
from scoring.sandbox.family import family_of
from scoring.sandbox.frames import (
    HEADER,
    MAX_COMPLAINT_BYTES,
    NUMBER,
    FrameError,
    FrameKind,
    Report,
    Request,
    pack,
    pack_header,
    unpack_header,
)
from scoring.sandbox.limits import Limits
from scoring.sandbox.pipes import Pipe
from scoring.sandbox.protocol import Expected, Job, readable
from scoring.sandbox.verdicts import SandboxVerdict

START_S: Final = 60.0
SEND_S: Final = 30.0  # for the container to take a table or a job
END_S: Final = 10.0
MAX_ANSWER_BYTES: Final = 1 << 12
PIECE_BYTES: Final = 1 << 20
KEPT_TABLES: Final = 8  # in the container, by the number they were sent under


class StreamProcess:
    """A running container: the pipes into and out of it, and the connection whose end ends it."""

    def __init__(self, launcher: Path) -> None:
        self._numbers: OrderedDict[tuple[int, int], tuple[int, int]] = OrderedDict()  # file: number and own descriptor
        self._last = 0
        self._read = bytearray()  # of the frame that is coming
        self._connection = _connect(launcher)
        self._pid, self._into, self._out = _receive_start(self._connection)
        try:
            kind, _ = self.receive(time.monotonic() + START_S, 0)
        except BoxError:
            reason = self._last_words()
            self.end()
            raise BoxError(f"the box did not start: {reason}") from None
        except TimeoutError:
            self.end()
            raise BoxError("the box did not start: it said nothing in time") from None
        if kind is not FrameKind.READY:
            self.end()
            raise BoxError("the box did not start: what it said is no greeting")

    @property
    def alive(self) -> bool:
        """Whether neither the launcher nor the container has gone: either closes the connection."""
        return not _ready(self._connection.fileno(), select.POLLIN, 0.0)

    @property
    def receiving(self) -> bool:
        """Whether a part of a frame has come, and the rest has not."""
        return bool(self._read)

    def family(self) -> frozenset[int]:
        """The process ids, outside, of the container's runtime and of what descends from it."""
        return family_of(self._pid)

    def lend(self, tables: list[int]) -> tuple[int, ...]:
        """The numbers under which the container knows these sealed files; what it does not know is sent."""
        return tuple(self._lend(file) for file in tables)

    def _lend(self, file: int) -> int:
        stat = os.fstat(file)
        key = stat.st_dev, stat.st_ino
        found = self._numbers.pop(key, None)
        if found is None:
            self._last += 1
            found = self._last, os.dup(file)  # held, so that no other file can have this one's inode meanwhile
            self.send(pack_header(FrameKind.TABLE, NUMBER.size + stat.st_size) + NUMBER.pack(self._last))
            self._send_file(file, stat.st_size)
        self._numbers[key] = found
        while len(self._numbers) > KEPT_TABLES:
            number, held = self._numbers.popitem(last=False)[1]
            os.close(held)
            self.send(pack(FrameKind.FORGET, NUMBER.pack(number)))
        return found[0]

    def send(self, data: bytes) -> None:
        """Raises BoxError when the container does not take it in time."""
        view, deadline = memoryview(data), time.monotonic() + SEND_S
        while view:
            self._await_room(deadline)
            with contextlib.suppress(BlockingIOError):
                view = view[os.write(self._into, view[:PIECE_BYTES]) :]

    def _send_file(self, file: int, size: int) -> None:
        place, deadline = 0, time.monotonic() + SEND_S
        while place < size:
            self._await_room(deadline)
            with contextlib.suppress(BlockingIOError):
                place += os.sendfile(self._into, file, place, min(PIECE_BYTES, size - place))

    def _await_room(self, deadline: float) -> None:
        if not _ready(self._into, select.POLLOUT, deadline):
            raise BoxError("the box does not take what it is sent")

    def receive(self, deadline: float, max_bytes: int) -> tuple[FrameKind, bytes]:
        """The next frame. Raises TimeoutError at the deadline, BoxError when it is none or longer than it may be.

        What has come of a frame by the deadline is kept: the next call goes on with it.
        """
        self._fill(HEADER.size, deadline)
        try:
            kind, size = unpack_header(bytes(self._read[: HEADER.size]))
        except FrameError as error:
            raise BoxError(f"the box is in doubt: {error}") from error
        if size > max_bytes:
            raise BoxError("the box is in doubt: it announced a longer frame than there can be")
        self._fill(HEADER.size + size, deadline)
        body = bytes(self._read[HEADER.size :])
        self._read.clear()
        return kind, body

    def _fill(self, size: int, deadline: float) -> None:
        while len(self._read) < size:
            if not _ready(self._out, select.POLLIN, deadline):
                raise TimeoutError
            piece = os.read(self._out, min(PIECE_BYTES, size - len(self._read)))
            if not piece:
                raise BoxError("the box ended")
            self._read += piece

    def _last_words(self) -> str:
        """What the launcher says of a container that ended."""
        self._connection.settimeout(END_S)
        with contextlib.suppress(OSError, ValueError):
            return str(json.loads(self._connection.recv(MAX_ANSWER_BYTES))["ended"]) or "it said nothing"
        return "it said nothing"

    def end(self) -> None:
        """Ends the container, however it stands. Returns when the launcher says that it is gone, or is gone itself."""
        for file in (self._into, self._out, *(held for _, held in self._numbers.values())):
            os.close(file)
        self._numbers.clear()
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
            self._connection.settimeout(END_S)
            while self._connection.recv(MAX_ANSWER_BYTES):
                pass
        self._connection.close()


class StreamAttempt(Course):
    """One job in one container. Raises BoxError or OSError when the box is in doubt."""

    def __init__(self, process: StreamProcess, job: Job, expected: Expected, limits: Limits) -> None:
        super().__init__(job, expected, limits)
        self._stream = process

    def run(self, source: bytes, tables: list[int]) -> Outcome:
        stream = self._stream
        sizes = self._expected.max_bytes, self._limits.log_bytes
        request = Request(self._job.to_bytes(), stream.lend(tables), *sizes, self._keeps_log, source)
        stream.send(pack(FrameKind.JOB, request.to_bytes()))
        self._await_beginning()
        report = self._await_report(Report.max_bytes(*sizes))
        self._ended = report.ended
        result, log = Pipe(-1, sizes[0], bytearray(report.result)), Pipe(-1, sizes[1], bytearray(report.log))
        if self._killed_for is None and (result.overflowed or log.overflowed):
            self._killed_for = SandboxVerdict.OUTPUT_LIMIT
        return self._judge(result, log)

    def _await_beginning(self) -> None:
        kind, body = self._stream.receive(time.monotonic() + BEGIN_S, MAX_COMPLAINT_BYTES + 1)
        if kind is not FrameKind.BEGUN:
            raise BoxError(f"the job did not begin: {readable(body)}")
        self._began = time.monotonic()

    def _await_report(self, max_bytes: int) -> Report:
        try:
            kind, body = self._stream.receive(self._began + self._limits.wall_s, max_bytes)
        except TimeoutError:
            if not self._stream.receiving:  # else the job ended in time, and only what it wrote is still on its way
                self._killed_for = SandboxVerdict.TIMEOUT
                self._stream.send(pack(FrameKind.STOP))
            kind, body = self._stream.receive(time.monotonic() + GRACE_S, max_bytes)
        if kind is not FrameKind.ENDED:
            raise BoxError("the box did not say how the job ended")
        try:
            return Report.from_bytes(body)
        except FrameError as error:
            raise BoxError(f"the box is in doubt: {error}") from error


def _ready(file: int, event: int, deadline: float) -> bool:
    """Whether the file can be read or written, or has ended, before the deadline."""
    poll = select.poll()
    poll.register(file, event)
    return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))


def _connect(launcher: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.settimeout(START_S)
    try:
        connection.connect(str(launcher))
    except OSError as error:
        connection.close()
        raise BoxError(f"no launcher answers at {launcher}: {error.strerror}") from error
    return connection


def _receive_start(connection: socket.socket) -> tuple[int, int, int]:
    """The runtime's process id, and the ends of the pipes into and out of the container."""
    descriptors = array.array("i")
    try:
        data, ancillary, _, _ = connection.recvmsg(MAX_ANSWER_BYTES, socket.CMSG_SPACE(2 * descriptors.itemsize))
        answer: dict[str, Any] = json.loads(data or b'{"error": "it ended"}')
    except (OSError, ValueError) as error:
        connection.close()
        raise BoxError("the launcher does not answer") from error
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
    if "error" in answer or len(descriptors) != 2:
        connection.close()
        raise BoxError(f"the launcher started no container: {answer.get('error', 'it sent no pipes')}")
    into, out = descriptors
    os.set_blocking(into, False)
    return int(answer["pid"]), into, out
