"""What crosses the wall of the box, byte by byte.

Towards the job everything may be rich, for the trusted side wrote it. From the job come only frames of a fixed shape:
a header and an exactly sized body, never pickle or JSON. A frame can forge nothing but the job's own answer.
"""

import json
import struct
from dataclasses import asdict, dataclass
from enum import IntEnum, StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.sandbox.limits import MAX_MESSAGE_BYTES
from scoring.sandbox.verdicts import SandboxVerdict

HEADER: Final = struct.Struct("<4sBxxxIQ")  # magic, kind, line number (0: none), bytes of body
MAGIC: Final = b"BBR1"
WORD_BYTES: Final = 24

# The descriptors of a job, the only ones it has.
RESULT_FD: Final = 3
TABLE_FD: Final = 4
SOURCE_FD: Final = 5
TRAIN_FD: Final = 6
LABELS_FD: Final = 7
READY: Final = b"R"
# The first byte of a job's description: which waiting interpreter begins it, all that either of them reads of it.
BARE, LEARNED = b"B", b"L"

# Whether the waiting interpreter may do without Landlock: behind namespaces it is a second wall, without them the only.
LANDLOCK_NEEDED, LANDLOCK_WELCOME = "landlock-needed", "landlock-welcome"


class Kind(IntEnum):
    """What a frame carries."""

    MASK = 1
    CODES = 2
    REALS = 3
    WORD = 9


class Work(StrEnum):
    """What a job is asked for."""

    GROUP = "group"
    CLASSES = "classes"
    REAL = "real"


class Form(StrEnum):
    """What a job is given to run."""

    PYTHON = "python"
    ONNX = "onnx"


FRAME_OF: Final = {Work.GROUP: Kind.MASK, Work.CLASSES: Kind.CODES, Work.REAL: Kind.REALS}
ITEM_BYTES: Final = {Kind.CODES: 4, Kind.REALS: 8}

# What a job may say of itself. Nothing here is ever the platform's fault: a job must not be able to earn a free retry.
SAYABLE: Final = frozenset(
    {
        SandboxVerdict.SYNTAX_ERROR,
        SandboxVerdict.MISSING_FUNCTION,
        SandboxVerdict.RUNTIME_ERROR,
        SandboxVerdict.EXITED,
        SandboxVerdict.INVALID_OUTPUT,
        SandboxVerdict.INVALID_MODEL,
        SandboxVerdict.MEMORY_LIMIT,
        SandboxVerdict.FORBIDDEN_SYSCALL,
    }
)


@dataclass(frozen=True)
class Job:
    """The description of one job, sent to the zygote with its descriptors.

    ``learned``: whether it is better off with the learning libraries loaded. Nothing depends on it but time.
    """

    work: Work
    hidden: bool
    seed: int
    cpu_s: int
    memory_bytes: int
    files: int
    threads: int
    classes: tuple[int | float | str, ...] = ()
    form: Form = Form.PYTHON
    learned: bool = False

    def to_bytes(self) -> bytes:
        return (LEARNED if self.learned else BARE) + json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Job":
        fields = json.loads(data[1:])
        named = {"work": Work(fields["work"]), "form": Form(fields["form"]), "classes": tuple(fields["classes"])}
        return cls(**{**fields, **named})


STOP: Final = b"stop"  # the trusted side's other message: end the running job


@dataclass(frozen=True)
class Ended:
    """The zygote's only message: how its job ended."""

    status: int  # as waitpid gives it
    cpu_s: float
    peak_bytes: int

    LAYOUT = struct.Struct("<4sidQ")
    MAGIC = b"BBE1"

    def to_bytes(self) -> bytes:
        return self.LAYOUT.pack(self.MAGIC, self.status, self.cpu_s, self.peak_bytes)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Ended | None":
        if len(data) != cls.LAYOUT.size:
            return None
        magic, status, cpu_s, peak_bytes = cls.LAYOUT.unpack(data)
        return cls(status, cpu_s, peak_bytes) if magic == cls.MAGIC else None


@dataclass(frozen=True)
class Expected:
    """The one shape of answer that a job may give, besides a word."""

    work: Work
    n_rows: int
    n_classes: int
    hidden: bool

    @property
    def body_bytes(self) -> int:
        kind = FRAME_OF[self.work]
        return (self.n_rows + 7) // 8 if kind is Kind.MASK else self.n_rows * ITEM_BYTES[kind]

    @property
    def max_bytes(self) -> int:
        """The longest frame that could be right; a reader takes one byte more, to tell that there was more."""
        word = WORD_BYTES + (0 if self.hidden else MAX_MESSAGE_BYTES)
        return HEADER.size + max(self.body_bytes, word)


@dataclass(frozen=True)
class Word:
    """What a job says became of it; the message is the entrant's and may say anything."""

    verdict: SandboxVerdict
    message: str
    line: int | None


Answer = NDArray[np.bool_] | NDArray[np.int32] | NDArray[np.float64]


def pack_answer(work: Work, values: Answer) -> bytes:
    """A job's answer as a frame; ``values`` (n,) bool for a group, int32 codes, or float64."""
    kind = FRAME_OF[work]
    if kind is Kind.MASK:
        body = np.packbits(values.astype(np.bool_, copy=False)).tobytes()
    else:
        body = values.astype("<i4" if kind is Kind.CODES else "<f8", copy=False).tobytes()
    return HEADER.pack(MAGIC, kind, 0, len(body)) + body


def pack_word(verdict: SandboxVerdict, message: str = "", line: int | None = None) -> bytes:
    """A job's word on how it failed, the message cut to what is read."""
    body = verdict.value.encode().ljust(WORD_BYTES, b"\0")
    body += message.encode("utf-8", "replace")[:MAX_MESSAGE_BYTES]
    return HEADER.pack(MAGIC, Kind.WORD, min(line or 0, 0xFFFFFFFF), len(body)) + body


def parse(frame: bytes, expected: Expected) -> Answer | Word | None:
    """The answer or the word in ``frame``, or None unless it has exactly the right shape. Never raises.

    Example:
        >>> wanted = Expected(Work.GROUP, n_rows=3, n_classes=0, hidden=True)
        >>> parse(pack_answer(Work.GROUP, np.array([True, False, True])), wanted).tolist()
        [True, False, True]
        >>> parse(b"anything else", wanted) is None
        True
    """
    if len(frame) < HEADER.size:
        return None
    magic, kind, line, size = HEADER.unpack_from(frame)
    body = frame[HEADER.size :]
    # pad bytes are not seen by unpack: a frame is what pack would have written, or it is nothing
    if magic != MAGIC or size != len(body) or frame[: HEADER.size] != HEADER.pack(magic, kind, line, size):
        return None
    if kind == Kind.WORD:
        return _parse_word(body, line, expected)
    if kind != FRAME_OF[expected.work] or line != 0 or size != expected.body_bytes:
        return None
    return _parse_mask(body, expected) if kind == Kind.MASK else _parse_numbers(body, expected)


def _parse_word(body: bytes, line: int, expected: Expected) -> Word | None:
    word = body[:WORD_BYTES]
    name = word.rstrip(b"\0").decode("ascii", "replace")
    if len(word) != WORD_BYTES or name not in SAYABLE or word != name.encode().ljust(WORD_BYTES, b"\0"):
        return None
    message = body[WORD_BYTES:]
    if len(message) > (0 if expected.hidden else MAX_MESSAGE_BYTES) or (expected.hidden and line):
        return None
    return Word(SandboxVerdict(name), readable(message), line or None)


def _parse_mask(body: bytes, expected: Expected) -> NDArray[np.bool_] | None:
    bits = np.unpackbits(np.frombuffer(body, dtype=np.uint8))
    return None if bits[expected.n_rows :].any() else bits[: expected.n_rows].astype(bool)


def _parse_numbers(body: bytes, expected: Expected) -> NDArray[np.int32] | NDArray[np.float64] | None:
    if expected.work is Work.CLASSES:
        codes = np.frombuffer(body, dtype="<i4").astype(np.int32)
        return codes if bool(((codes >= 0) & (codes < expected.n_classes)).all()) else None
    reals = np.frombuffer(body, dtype="<f8").astype(np.float64)
    return reals if bool(np.isfinite(reals).all()) else None


_UNREADABLE: Final = {
    code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if code not in {9, 10}
}


def readable(data: bytes) -> str:
    """An entrant's bytes as text that a database and a terminal can hold: no control characters but tab and newline."""
    return data.decode("utf-8", "replace").translate(_UNREADABLE)
