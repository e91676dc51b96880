"""The first process of a container: the waiting interpreter's other end, and a translator of frames to descriptors.

What a worker beside a box of namespaces does with memory files and pipes, this does inside for one that can only speak
over stdin and stdout. It is believed as much as the waiting interpreter is; no job has a descriptor of its streams.
When stdin ends, whoever asked is gone: it ends, and with it, as the first process, everything in the container.
"""

import array
import contextlib
import fcntl
import os
import selectors
import socket
import sys
from typing import Final, NoReturn

from scoring.sandbox.encoding import ALL_SEALS, F_ADD_SEALS, memory_file, seal_bytes
from scoring.sandbox.frames import (
    HEADER,
    MAX_COMPLAINT_BYTES,
    NUMBER,
    FrameKind,
    Report,
    Request,
    pack,
    unpack_header,
)
from scoring.sandbox.guest import zygote
from scoring.sandbox.pipes import CHUNK_BYTES, Pipe
from scoring.sandbox.protocol import READY, STOP, Ended

STDIN, STDOUT, STDERR = 0, 1, 2
PIECE_BYTES: Final = 1 << 20


def main() -> None:
    """Arguments: whether Landlock is needed or welcome, and what jobs may read."""
    landlock, *readable = sys.argv[1:]
    zygote.preload()
    outer, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        _become_zygote(inner, landlock, readable)
    inner.close()
    if outer.recv(len(READY)) != READY:
        sys.exit("the waiting interpreter did not start")
    _write(pack(FrameKind.READY))
    Bridge(outer).serve()


def _become_zygote(channel: socket.socket, landlock: str, readable: list[str]) -> NoReturn:
    """The child: nothing of the streams that lead outside stays open in it."""
    silence, nobody = os.pipe()
    os.close(nobody)
    os.dup2(silence, STDIN)
    os.dup2(STDERR, STDOUT)
    os.closerange(STDERR + 1, channel.fileno())
    os.closerange(channel.fileno() + 1, 1 << 16)
    zygote.wait(channel, landlock, readable)
    sys.exit(0)


class Bridge:
    """Keeps the tables it was given, and sees one job at a time through."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._tables: dict[int, int] = {}  # number and sealed file

    def serve(self) -> None:
        """Until stdin ends or the waiting interpreter does."""
        while header := _read(HEADER.size):
            kind, size = unpack_header(header)
            if kind is FrameKind.TABLE:
                (number,) = NUMBER.unpack(_read(NUMBER.size))
                self._tables[number] = _receive_table(size - NUMBER.size)
            elif kind is FrameKind.FORGET:
                (number,) = NUMBER.unpack(_read(size))
                os.close(self._tables.pop(number))
            elif kind is FrameKind.JOB:
                self._run(Request.from_bytes(_read(size)))
            # anything else is an order to stop that came too late for its job

    def _run(self, request: Request) -> None:
        with contextlib.ExitStack() as kept:
            result, log, ready = self._send(request, kept)
            self._follow(request, result, log, ready)

    def _send(self, request: Request, kept: contextlib.ExitStack) -> tuple[Pipe, Pipe, Pipe]:
        """Gives the job its descriptors; keeps the reading ends of its three pipes."""
        with contextlib.ExitStack() as lent:
            pipes, writing = [], []
            for limit in (request.result_bytes, request.log_bytes, MAX_COMPLAINT_BYTES):
                out, into = _pipe()
                kept.callback(os.close, out)
                lent.callback(os.close, into)
                pipes.append(Pipe(out, limit))
                writing.append(into)
            silence, nobody = _pipe()  # there is no null device here: a pipe that nobody writes to is as empty
            lent.callback(os.close, silence)
            os.close(nobody)
            source = seal_bytes(request.source)
            lent.callback(os.close, source)
            tables = [self._tables[number] for number in request.tables]
            for file in tables:
                os.lseek(file, 0, os.SEEK_SET)  # all that one job could leave behind in a sealed file for the next
            into_result, said, into_ready = writing
            rights = array.array("i", [silence, said, into_result, into_ready, tables[0], source, *tables[1:]])
            self._channel.sendmsg([request.job], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights.tobytes())])
        return pipes[0], pipes[1], pipes[2]

    def _follow(self, request: Request, result: Pipe, log: Pipe, ready: Pipe) -> None:
        """Reads until the job has ended and its pipes are empty; an order to stop is passed on, an overflow is one."""
        ended: Ended | None = None
        with selectors.DefaultSelector() as selector:
            for pipe in (result, log, ready):
                selector.register(pipe.file, selectors.EVENT_READ, pipe)
            selector.register(self._channel, selectors.EVENT_READ)
            selector.register(STDIN, selectors.EVENT_READ)
            while len(selector.get_map()) > 1:  # the last is stdin
                for key, _ in selector.select():
                    pipe = key.data
                    if key.fd == STDIN:
                        self._hear_order()
                    elif pipe is None:
                        selector.unregister(self._channel)
                        ended = self._hear_end()
                    elif not _read_pipe(pipe, keep=request.keep_log or pipe is not log):
                        selector.unregister(pipe.file)
                        self._close_pipe(pipe, is_ready=pipe is ready)
        assert ended is not None  # the channel was unregistered
        _write(pack(FrameKind.ENDED, Report(ended, bytes(result.data), bytes(log.data)).to_bytes()))

    def _close_pipe(self, pipe: Pipe, *, is_ready: bool) -> None:
        if is_ready:
            begun = bytes(pipe.data) == READY
            _write(pack(FrameKind.BEGUN) if begun else pack(FrameKind.FAILED, bytes(pipe.data)))
        elif pipe.overflowed:
            self._order_stop()

    def _order_stop(self) -> None:
        with contextlib.suppress(OSError):
            self._channel.send(STOP)

    def _hear_order(self) -> None:
        header = _read(HEADER.size)
        if not header or unpack_header(header)[0] is not FrameKind.STOP:
            sys.exit(0)  # whoever asked is gone, or speaks nonsense
        self._order_stop()

    def _hear_end(self) -> Ended:
        ended = Ended.from_bytes(self._channel.recv(CHUNK_BYTES))
        if ended is None:
            sys.exit("the waiting interpreter ended")
        return ended


def _read_pipe(pipe: Pipe, *, keep: bool) -> bool:
    if keep:
        return pipe.read()
    return bool(os.read(pipe.file, CHUNK_BYTES))  # a hidden run's log is read, so that nothing blocks, and dropped


def _receive_table(size: int) -> int:
    """The next bytes of stdin as a sealed memory file."""
    file = memory_file()
    while size:
        piece = os.read(STDIN, min(size, PIECE_BYTES))
        if not piece:
            sys.exit(0)
        size -= len(piece)
        while piece:
            piece = piece[os.write(file, piece) :]
    fcntl.fcntl(file, F_ADD_SEALS, ALL_SEALS)
    return file


def _pipe() -> tuple[int, int]:
    return os.pipe2(os.O_CLOEXEC)


def _read(size: int) -> bytes:
    """So many bytes of stdin; fewer only at its end."""
    data = bytearray()
    while len(data) < size:
        piece = os.read(STDIN, size - len(data))
        if not piece:
            break
        data += piece
    return bytes(data)


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(STDOUT, view) :]


if __name__ == "__main__":
    main()
