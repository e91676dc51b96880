"""A process forked ahead of its job, which spares the job the wait for it.

What does not depend on the job is done before there is one: the fork, the copying of the pages that every job writes
to, the giving up of rights. It holds no data while it waits, and no process ever serves two jobs.
"""

import fcntl
import os
import signal
import socket
from collections.abc import Callable
from typing import Final, NoReturn

from scoring.sandbox.guest.confine import PR_SET_PDEATHSIG, control
from scoring.sandbox.guest.inbox import Inbox, send
from scoring.sandbox.protocol import Job

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

    def give(self, request: memoryview, descriptors: list[int]) -> None:
        """Hands over a job. Raises OSError where the child is gone."""
        send(self._channel, request, descriptors)
        self._channel.close()


def _await_job(
    channel: socket.socket, prepare: Callable[[], None], begin: Begin, keep: tuple[int, ...]
) -> NoReturn:  # fmt: skip
    """The child. It must not hold the control socket: by its end the trusted side hears of a loss."""
    try:
        channel = _keep_only(channel, keep)
        control(PR_SET_PDEATHSIG, signal.SIGKILL)  # the zygote has one thread, so it is the process that is followed
        os.setsid()
        prepare()
        inbox = Inbox()
        fds = inbox.receive(channel)
        channel.close()
        if inbox.request:
            begin(Job.from_bytes(bytes(inbox.request)), fds)
    finally:
        # whatever happens, nothing unwinds from here into the waiting interpreter's code; the zygote finds the child
        # gone, makes another, and gives up when that goes too
        os._exit(1)


def _keep_only(channel: socket.socket, keep: tuple[int, ...]) -> socket.socket:
    moved = fcntl.fcntl(channel.detach(), fcntl.F_DUPFD, KEPT_FD)
    low = 0
    for fd in sorted(keep):
        os.closerange(low, fd)
        low = fd + 1
    os.closerange(low, moved)
    os.closerange(moved + 1, 1 << 16)
    return socket.socket(fileno=moved)
