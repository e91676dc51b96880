"""Frames: what comes from a job is exactly one of the right shapes, or nothing."""

import struct

import numpy as np
import pytest

from scoring.sandbox.protocol import (
    SAYABLE,
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
from tests.sandbox.fuzz import ANSWERS, fuzz

MASK = Expected(Work.GROUP, n_rows=101, n_classes=0, hidden=True)
CODES = Expected(Work.CLASSES, n_rows=101, n_classes=3, hidden=True)
REALS = Expected(Work.REAL, n_rows=101, n_classes=0, hidden=True)
ALOUD = Expected(Work.GROUP, n_rows=101, n_classes=0, hidden=False)


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


def test_only_exactly_shaped_frames_pass_among_20_000_random_and_damaged_ones() -> None:
    """The short form of `make fuzz`."""
    assert 0 < fuzz(20_000, seed=20_22) < 10_000


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
