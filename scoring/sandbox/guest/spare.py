"""A process forked ahead of its job, which spares the job the wait for it.

What does not depend on the job is done before there is one: the fork, the copying of the pages that every job writes
to, the giving up of rights. It holds no data while it waits, and no process ever serves two jobs.
"""

import array
import fcntl
import os
import signal
import socket
from collections.abc import Callable
from typing import Final, NoReturn

from scoring.sandbox.guest.confine import PR_SET_PDEATHSIG, control
from scoring.sandbox.protocol import Job

MAX_REQUEST_BYTES: Final = 1 << 20
MAX_FDS: Final = 16
KEPT_FD: Final = 32  # the first that is free of meaning

Begin = Callable[[Job, list[int]], NoReturn]


class Spare:
    """One waiting child, and the socket by which it is given its job."""

    def __init__(self, prepare: Callable[[], None], begin: Begin, keep: tuple[int, ...]) -> None:
        """``prepare`` is what the child does without a job, ``begin`` with it; ``keep`` are descriptors it needs."""
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.fork()
        if self.pid == 0:
            _await_job(theirs, prepare, begin, keep)
        theirs.close()

    def give(self, request: bytes, descriptors: list[int]) -> None:
        """Hands over a job. Raises OSError where the child is gone."""
        send(self._channel, request, descriptors)
        self._channel.close()


def send(channel: socket.socket, request: bytes, descriptors: list[int]) -> None:
    """One message with descriptors. Raises OSError where the other end is gone."""
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors).tobytes())
    channel.sendmsg([request], [rights] if descriptors else [])


def receive(channel: socket.socket) -> tuple[bytes, list[int]]:
    """One message and the descriptors that came with it; no bytes where the other end is gone."""
    room = socket.CMSG_SPACE(MAX_FDS * array.array("i").itemsize)
    data, ancillary, _, _ = channel.recvmsg(MAX_REQUEST_BYTES, room, socket.MSG_CMSG_CLOEXEC)
    fds = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    return data, list(fds)


def _await_job(
    channel: socket.socket, prepare: Callable[[], None], begin: Begin, keep: tuple[int, ...]
) -> NoReturn:  # fmt: skip
    """The child. It must not hold the control socket: by its end the trusted side hears of a loss."""
    try:
        channel = _keep_only(channel, keep)
        control(PR_SET_PDEATHSIG, signal.SIGKILL)  # the zygote has one thread, so it is the process that is followed
        os.setsid()
        prepare()
        request, fds = receive(channel)
    except BaseException:  # noqa: BLE001 - the zygote finds it gone, makes another, and gives up when that goes too
        os._exit(1)
    channel.close()
    if not request:
        os._exit(0)
    begin(Job.from_bytes(request), fds)


def _keep_only(channel: socket.socket, keep: tuple[int, ...]) -> socket.socket:
    moved = fcntl.fcntl(channel.detach(), fcntl.F_DUPFD, KEPT_FD)
    low = 0
    for fd in sorted(keep):
        os.closerange(low, fd)
        low = fd + 1
    os.closerange(low, moved)
    os.closerange(moved + 1, 1 << 16)
    return socket.socket(fileno=moved)
