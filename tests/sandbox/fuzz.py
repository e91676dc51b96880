"""Random and damaged frames into the parser of results: it never raises, and takes only what is exactly shaped.

python -m tests.sandbox.fuzz [FRAMES] [SEED]
"""

import sys
import time

import numpy as np

from scoring.sandbox.protocol import (
    HEADER,
    MAGIC,
    WORD_BYTES,
    Expected,
    Kind,
    Word,
    Work,
    pack_answer,
    pack_word,
    parse,
)
from scoring.sandbox.verdicts import SandboxVerdict

ROWS = 101
ANSWERS = {
    Work.GROUP: np.arange(ROWS) % 3 == 0,
    Work.CLASSES: (np.arange(ROWS) % 3).astype(np.int32),
    Work.REAL: np.linspace(-1, 1, ROWS),
}
LARGE = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def fuzz(frames: int, seed: int) -> int:
    """How many were accepted; an AssertionError where one was that should not be."""
    rng = np.random.default_rng(seed)
    good = [(Expected(work, ROWS, 3, hidden=True), pack_answer(work, values)) for work, values in ANSWERS.items()]
    good.append((Expected(Work.GROUP, ROWS, 0, hidden=False), pack_word(SandboxVerdict.RUNTIME_ERROR, "x" * 50, 7)))
    good.append((Expected(Work.GROUP, ROWS, 0, hidden=True), pack_word(SandboxVerdict.EXITED)))
    accepted = 0
    for number in range(frames):
        expected, frame = good[number % len(good)]
        damaged = _damage(frame, number // len(good) % 8, rng)
        parsed = parse(damaged, expected)
        accepted += parsed is not None
        assert parsed is None or _is_whole(damaged, parsed, expected), damaged.hex()
    return accepted


def _damage(frame: bytes, how: int, rng: np.random.Generator) -> bytes:
    """Cut, lengthened, a byte changed, the header's, noise behind a header, noise, fields that lie, a bit turned."""
    place, noise, changed = int(rng.integers(len(frame))), rng.bytes(len(frame)), bytearray(frame)
    if how == 6:
        fields = (rng.choice([*Kind, 0, 7, 255]), rng.choice(LARGE), rng.choice([len(frame) - HEADER.size, *LARGE]))
        return HEADER.pack(MAGIC, *(int(field) for field in fields)) + frame[HEADER.size :]
    if how == 7:
        changed[place] ^= 1 << int(rng.integers(8))
    else:
        changed[place if how == 2 else place % HEADER.size] = noise[0]
    kinds = (frame[:place], frame + noise[:place], bytes(changed), bytes(changed))
    if how in (4, 5):
        return (frame[: HEADER.size] if how == 4 else b"") + noise[HEADER.size :]
    return kinds[how] if how < 4 else bytes(changed)


def _is_whole(frame: bytes, parsed: object, expected: Expected) -> bool:
    """Whether packing what was understood gives the frame again; a message may be any bytes."""
    if isinstance(parsed, Word):
        again = pack_word(parsed.verdict, "x" * (len(frame) - HEADER.size - WORD_BYTES), parsed.line)
        return frame[: HEADER.size + WORD_BYTES] == again[: HEADER.size + WORD_BYTES]
    return frame == pack_answer(expected.work, parsed)


def main(frames: int = 200_000, seed: int = 0) -> None:
    start = time.perf_counter()
    accepted = fuzz(frames, seed)
    print(
        f"{frames:,} frames, seed {seed}: {accepted:,} taken, each exactly shaped ({time.perf_counter() - start:.0f} s)"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
