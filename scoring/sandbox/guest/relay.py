"""Passes a job on to the second waiting interpreter, the one that has the learning libraries loaded.

A group rarely learns, and the price of a fork grows with all that the forking process has loaded. So the first holds
numpy and pandas only, and the second, its child, the rest. Nothing depends on which of them a job comes from but time.
"""

import os
import select
import socket
import sys
from typing import Final

from scoring.sandbox.guest.spare import send
from scoring.sandbox.protocol import STOP, Ended, Job, Work

LEARNING: Final = (b"sklearn", b"scipy")
SOURCE_PLACE: Final = 5  # among the descriptors of a request


def learns(request: bytes, fds: list[int]) -> bool:
    """Whether the job is better off with the learning libraries: any but a group that names none of them."""
    if Job.from_bytes(request).work is not Work.GROUP or len(fds) <= SOURCE_PLACE:
        return True
    source = os.pread(fds[SOURCE_PLACE], os.fstat(fds[SOURCE_PLACE]).st_size, 0)
    return any(name in source for name in LEARNING)


def relay(channel: socket.socket, learned: socket.socket, request: bytes, fds: list[int]) -> None:
    """One job: the request there, an order to stop after it, the report of its end back."""
    send(learned, request, fds)
    while fds:  # the reader of the result must see it end when the job does
        os.close(fds.pop())
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    poll.register(learned, select.POLLIN)
    while learned.fileno() not in {fd for fd, _ in poll.poll()}:
        if not channel.recv(len(STOP)):
            sys.exit(0)  # whoever asked is gone; the other interpreter and its job end with this one
        learned.send(STOP)
        poll.unregister(channel)
    report = learned.recv(Ended.LAYOUT.size)
    if not report:
        sys.exit("the interpreter with the learning libraries ended")
    channel.send(report)
