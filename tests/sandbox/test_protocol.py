"""Frames: what comes from a job is exactly one of the right shapes, or nothing."""

import struct

import numpy as np
import pytest

from scoring.sandbox.protocol import (
    HEADER,
    SAYABLE,
    WORD_BYTES,
    Ended,
    Expected,
    Job,
    Word,
    Work,
    pack_answer,
    pack_word,
    parse,
    readable,
)
from scoring.sandbox.verdicts import Fault, SandboxVerdict

MASK = Expected(Work.GROUP, n_rows=101, n_classes=0, hidden=True)
CODES = Expected(Work.CLASSES, n_rows=101, n_classes=3, hidden=True)
REALS = Expected(Work.REAL, n_rows=101, n_classes=0, hidden=True)
ALOUD = Expected(Work.GROUP, n_rows=101, n_classes=0, hidden=False)
ANSWERS = {
    Work.GROUP: np.arange(101) % 3 == 0,
    Work.CLASSES: (np.arange(101) % 3).astype(np.int32),
    Work.REAL: np.linspace(-1, 1, 101),
}


@pytest.mark.parametrize("expected", [MASK, CODES, REALS])
def test_an_answer_comes_through_as_it_was(expected: Expected) -> None:
    parsed = parse(pack_answer(expected.work, ANSWERS[expected.work]), expected)
    np.testing.assert_array_equal(parsed, ANSWERS[expected.work])


@pytest.mark.parametrize("expected", [MASK, CODES, REALS])
def test_refuses_the_answer_of_another_kind(expected: Expected) -> None:
    others = [pack_answer(work, values) for work, values in ANSWERS.items() if work is not expected.work]
    assert [parse(frame, expected) for frame in others] == [None, None]


@pytest.mark.parametrize("expected", [MASK, CODES, REALS])
def test_refuses_an_answer_of_the_wrong_length(expected: Expected) -> None:
    values = ANSWERS[expected.work]
    shorter, longer = pack_answer(expected.work, values[:-9]), pack_answer(expected.work, np.tile(values, 2))
    assert parse(shorter, expected) is None
    assert parse(longer, expected) is None


def test_refuses_a_mask_with_padding_bits_set() -> None:
    frame = bytearray(pack_answer(Work.GROUP, ANSWERS[Work.GROUP]))
    frame[-1] |= 1
    assert parse(bytes(frame), MASK) is None


@pytest.mark.parametrize("code", [-1, 3, 2**31 - 1])
def test_refuses_a_code_that_is_no_class(code: int) -> None:
    codes = ANSWERS[Work.CLASSES].copy()
    codes[50] = code
    assert parse(pack_answer(Work.CLASSES, codes), CODES) is None


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_refuses_a_number_that_is_not_finite(value: float) -> None:
    reals = ANSWERS[Work.REAL].copy()
    reals[50] = value
    assert parse(pack_answer(Work.REAL, reals), REALS) is None


@pytest.mark.parametrize("word", sorted(SAYABLE))
def test_a_job_may_say_what_is_its_own_fault(word: SandboxVerdict) -> None:
    assert parse(pack_word(word, "text", 3), ALOUD) == Word(word, "text", 3)
    assert word.owner is Fault.ENTRANT


@pytest.mark.parametrize("word", sorted(set(SandboxVerdict) - SAYABLE))
def test_a_job_may_not_say_what_the_trusted_side_decides(word: SandboxVerdict) -> None:
    assert parse(pack_word(word), ALOUD) is None


def test_a_hidden_job_may_add_neither_text_nor_line() -> None:
    assert parse(pack_word(SandboxVerdict.EXITED), MASK) == Word(SandboxVerdict.EXITED, "", None)
    assert parse(pack_word(SandboxVerdict.EXITED, "x"), MASK) is None
    assert parse(pack_word(SandboxVerdict.EXITED, "", 1), MASK) is None


def test_a_message_loses_its_control_characters() -> None:
    assert readable(b"a\0\x1b[2J\tb\n\xff") == "a\ufffd\ufffd[2J\tb\n\ufffd"


def test_only_exactly_shaped_frames_pass_among_200_000_random_and_damaged_ones() -> None:
    rng = np.random.default_rng(20_22)
    good = [(e, pack_answer(e.work, ANSWERS[e.work])) for e in (MASK, CODES, REALS)]
    good += [(ALOUD, pack_word(SandboxVerdict.RUNTIME_ERROR, "x" * 50, 7)), (MASK, pack_word(SandboxVerdict.EXITED))]
    accepted = 0
    for number in range(200_000):
        expected, frame = good[number % len(good)]
        damaged = _damage(frame, number // len(good) % 6, rng)
        parsed = parse(damaged, expected)
        accepted += parsed is not None
        assert parsed is None or _is_whole(damaged, parsed, expected)
    assert 0 < accepted < 100_000


def _damage(frame: bytes, how: int, rng: np.random.Generator) -> bytes:
    """Cut, lengthened, one byte changed, header only changed, noise behind a good header, noise."""
    place = int(rng.integers(len(frame)))
    noise = rng.bytes(len(frame))
    changed = bytearray(frame)
    changed[place if how == 2 else place % HEADER.size] = noise[0]
    kinds = (frame[:place], frame + noise[:place], bytes(changed), bytes(changed))
    return kinds[how] if how < 4 else (frame[: HEADER.size] if how == 4 else b"") + noise[HEADER.size :]


def _is_whole(frame: bytes, parsed: object, expected: Expected) -> bool:
    """Whether packing what was understood gives the frame again; a message may be any bytes."""
    if isinstance(parsed, Word):
        again = pack_word(parsed.verdict, "x" * (len(frame) - HEADER.size - WORD_BYTES), parsed.line)
        return frame[: HEADER.size + WORD_BYTES] == again[: HEADER.size + WORD_BYTES]
    return frame == pack_answer(expected.work, parsed)


def test_a_report_of_the_end_has_one_size_and_one_beginning() -> None:
    report = Ended(9, 1.5, 4096).to_bytes()
    assert Ended.from_bytes(report) == Ended(9, 1.5, 4096)
    assert Ended.from_bytes(report + b"x") is None
    assert Ended.from_bytes(struct.pack("<4s", b"XXXX") + report[4:]) is None
    assert Ended.from_bytes(b"") is None


def test_a_job_description_comes_through_as_it_was() -> None:
    job = Job(Work.CLASSES, hidden=True, seed=7, cpu_s=1, memory_bytes=2, files=3, threads=4, classes=("a", 1, 2.5))
    assert Job.from_bytes(job.to_bytes()) == job


def test_every_verdict_has_a_sentence_and_only_the_box_is_the_platforms() -> None:
    assert all(verdict.sentence.endswith(".") for verdict in SandboxVerdict)
    assert [v for v in SandboxVerdict if v.owner is Fault.PLATFORM] == [SandboxVerdict.SANDBOX_ERROR]
