"""Passes a job on to the second waiting interpreter, the one that has the learning libraries loaded.

A group rarely learns, and the price of a fork grows with all that the forking process has loaded. So the first holds
numpy and pandas only, and the second, its child, the rest. Nothing depends on which of them a job comes from but time.
The trusted side, which has the source, says which.
"""

import os
import select
import socket
import sys

from scoring.sandbox.guest.inbox import Inbox, send
from scoring.sandbox.protocol import STOP, Ended


def relay(channel: socket.socket, learned: socket.socket, inbox: Inbox, fds: list[int]) -> None:
    """One job: the request there, an order to stop after it, the report of its end back."""
    send(learned, inbox.request, fds)
    inbox.wipe()
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
