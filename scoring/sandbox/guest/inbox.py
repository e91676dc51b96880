"""Where a waiting interpreter receives a job's description: one place, wiped when the description has been handed on.

What such a process has ever read into its memory, freed or not, every job that it forks afterwards can read. So it
reads no source, and the description goes from the socket into this buffer and from the buffer into a socket, uncopied.
"""

import array
import socket
from typing import Final

MAX_REQUEST_BYTES: Final = 1 << 20
MAX_FDS: Final = 16


class Inbox:
    """Room for one message."""

    def __init__(self) -> None:
        self._room = bytearray(MAX_REQUEST_BYTES)
        self._size = 0

    @property
    def request(self) -> memoryview:
        """The message that came last, empty where the other end is gone or it was wiped; no copy."""
        return memoryview(self._room)[: self._size]

    def starts(self, beginning: bytes) -> bool:
        """Whether the message begins so; told without a copy."""
        return self._room.startswith(beginning, 0, self._size)

    def receive(self, channel: socket.socket) -> list[int]:
        """Takes one message; returns the descriptors that came with it."""
        room = socket.CMSG_SPACE(MAX_FDS * array.array("i").itemsize)
        self._size, ancillary, _, _ = channel.recvmsg_into([self._room], room, socket.MSG_CMSG_CLOEXEC)
        fds = array.array("i")
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
        return list(fds)

    def wipe(self) -> None:
        """Overwrites the message where it lies."""
        self._room[: self._size] = bytes(self._size)
        self._size = 0


def send(channel: socket.socket, request: memoryview, descriptors: list[int]) -> None:
    """One message with descriptors. Raises OSError where the other end is gone."""
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors).tobytes())
    channel.sendmsg([request], [rights] if descriptors else [])
