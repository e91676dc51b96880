"""What crosses the wall of a container: length-framed bytes over stdin and stdout, for no descriptor can.

Each frame is a header (magic, kind, bytes of body) and its body. Towards the container: TABLE (a number, then the
sealed file's bytes as they are), FORGET (a number), JOB (see ``Request``), STOP. Back: READY once; for each job BEGUN
or FAILED (why it did not begin), then ENDED (see ``Report``). One job at a time. The entrant's own frame lies, unread,
in the report: it is parsed by the trusted side alone, as from any other layer.
"""

import json
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from scoring.sandbox.protocol import Ended

HEADER: Final = struct.Struct("<4sBxxxQ")
MAGIC: Final = b"BBF1"
NUMBER: Final = struct.Struct("<Q")
LENGTHS: Final = struct.Struct("<II")
MAX_COMPLAINT_BYTES: Final = 200


class FrameKind(IntEnum):
    """What a frame is."""

    TABLE = 1
    FORGET = 2
    JOB = 3
    STOP = 4
    READY = 11
    BEGUN = 12
    FAILED = 13
    ENDED = 14


KINDS: Final = frozenset(FrameKind)


class FrameError(Exception):
    """What came is not a frame that may come here."""


def pack_header(kind: FrameKind, size: int) -> bytes:
    """The beginning of a frame whose body of ``size`` bytes is sent after it."""
    return HEADER.pack(MAGIC, kind, size)


def pack(kind: FrameKind, body: bytes = b"") -> bytes:
    """A whole frame."""
    return pack_header(kind, len(body)) + body


def unpack_header(header: bytes) -> tuple[FrameKind, int]:
    """The kind and the length of what follows. Raises FrameError.

    Example:
        >>> unpack_header(pack(FrameKind.STOP))
        (<FrameKind.STOP: 4>, 0)
    """
    if len(header) != HEADER.size:
        raise FrameError("a frame was cut short")
    magic, kind, size = HEADER.unpack(header)
    if magic != MAGIC or header != HEADER.pack(magic, kind, size) or kind not in KINDS:
        raise FrameError("what came is no frame")
    return FrameKind(kind), size


@dataclass(frozen=True)
class Request:
    """A job, the numbers of its tables (rows to answer for; public rows and labels for a patch), its source."""

    job: bytes  # as Job.to_bytes gives it
    tables: tuple[int, ...]
    result_bytes: int  # the longest result that could be right; one byte more is read
    log_bytes: int
    keep_log: bool  # false in a hidden run: the log is read and dropped inside
    source: bytes

    def to_bytes(self) -> bytes:
        head = {
            "tables": self.tables,
            "result_bytes": self.result_bytes,
            "log_bytes": self.log_bytes,
            "keep_log": self.keep_log,
        }
        described = json.dumps(head).encode()
        return LENGTHS.pack(len(described), len(self.job)) + described + self.job + self.source

    @classmethod
    def from_bytes(cls, body: bytes) -> "Request":
        first, second = LENGTHS.unpack_from(body)
        described, rest = body[LENGTHS.size : LENGTHS.size + first], body[LENGTHS.size + first :]
        head = json.loads(described)
        return cls(**{**head, "tables": tuple(head["tables"])}, job=rest[:second], source=rest[second:])


@dataclass(frozen=True)
class Report:
    """How a job ended, and what it wrote, each cut one byte after its limit."""

    ended: Ended
    result: bytes
    log: bytes

    def to_bytes(self) -> bytes:
        return self.ended.to_bytes() + LENGTHS.pack(len(self.result), len(self.log)) + self.result + self.log

    @classmethod
    def from_bytes(cls, body: bytes) -> "Report":
        """Raises FrameError unless the body has exactly this shape."""
        at = Ended.LAYOUT.size
        ended = Ended.from_bytes(body[:at])
        if ended is None or len(body) < at + LENGTHS.size:
            raise FrameError("the report of a job's end is damaged")
        result, log = LENGTHS.unpack_from(body, at)
        rest = body[at + LENGTHS.size :]
        if len(rest) != result + log:
            raise FrameError("the report of a job's end has another length than it says")
        return cls(ended, rest[:result], rest[result:])

    @staticmethod
    def max_bytes(result_bytes: int, log_bytes: int) -> int:
        """The longest report on a job of these limits."""
        return Ended.LAYOUT.size + LENGTHS.size + result_bytes + 1 + log_bytes + 1
