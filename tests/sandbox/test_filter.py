"""The seccomp policy, run on a machine made of a few lines: what the kernel would answer to each call."""

import errno
import struct

import pytest

from scoring.sandbox.guest.filter import ALLOWED, AND, AT_LEAST, EQUAL, FAILS, KILLED, LOAD, RETURN, compile_filter
from scoring.sandbox.policy import ALLOW, AUDIT_ARCH_X86_64, KILL, REFUSE, RULES

OWN_PID = 7
NO_SUCH_CALL = FAILS | errno.ENOSYS
PROGRAM = list(struct.iter_unpack("<HBBI", compile_filter(OWN_PID)))


def answer(number: int, *arguments: int, arch: int = AUDIT_ARCH_X86_64) -> int:
    """What the program returns for a call with these arguments."""
    padded = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("<IIQ6Q", number, arch, 0, *padded)
    at, accumulator = 0, 0
    while True:
        code, if_true, if_false, k = PROGRAM[at]
        at += 1
        if code == RETURN:
            return k
        if code == LOAD:
            (accumulator,) = struct.unpack_from("<I", data, k)
        elif code == AND:
            accumulator &= k
        else:
            holds = accumulator == k if code == EQUAL else accumulator >= k
            assert code in (EQUAL, AT_LEAST)
            at += if_true if holds else if_false


def test_the_program_is_short_enough_for_the_kernel() -> None:
    assert len(PROGRAM) < 4096


@pytest.mark.parametrize("name", sorted(ALLOW))
def test_allows_ordinary_calls(name: str) -> None:
    assert answer(ALLOW[name]) == ALLOWED


@pytest.mark.parametrize("name", sorted(KILL))
def test_kills_for_hostile_calls(name: str) -> None:
    assert answer(KILL[name]) == KILLED


def test_no_call_is_in_two_tables() -> None:
    numbers = [*ALLOW.values(), *KILL.values(), *(n for n, _ in RULES.values()), *(n for n, _ in REFUSE.values())]
    assert len(numbers) == len(set(numbers))


def test_answers_no_such_call_to_everything_else() -> None:
    known = {*ALLOW.values(), *KILL.values(), *(n for n, _ in RULES.values()), *(n for n, _ in REFUSE.values())}
    assert {answer(number) for number in range(1024) if number not in known} == {NO_SUCH_CALL}
    assert {"clone3": answer(435), "openat2": answer(437), "memfd_create": answer(319)} == dict.fromkeys(
        ("clone3", "openat2", "memfd_create"), NO_SUCH_CALL
    )


@pytest.mark.parametrize("number", [0x40000000, 0x40000000 | 39, 0xFFFFFFFF])
def test_kills_for_calls_of_the_x32_interface(number: int) -> None:
    assert answer(number) == KILLED


def test_kills_for_calls_of_another_architecture() -> None:
    assert answer(39, arch=0x40000003) == KILLED


@pytest.mark.parametrize("flags", [0o1, 0o2, 0o100, 0o1000, 0o101, 0o20200002])
def test_opens_for_reading_only(flags: int) -> None:
    assert answer(257, 0, 0, 0o2000000) == ALLOWED
    assert answer(257, 0, 0, flags) == FAILS | errno.EROFS
    assert answer(2, 0, flags) == FAILS | errno.EROFS


@pytest.mark.parametrize("flags", [17, 0x10000000 | 0x10900, 0x100, 0x10900 | 0x4000, 0x10900 | 0x20000000])
def test_makes_threads_and_nothing_else(flags: int) -> None:
    assert answer(56, 0x3D0F00) == ALLOWED
    assert answer(56, flags) == KILLED


def test_signals_itself_only() -> None:
    assert answer(234, OWN_PID, 99, 6) == ALLOWED
    assert {answer(234, pid, pid, 9) for pid in (1, 2, OWN_PID + 1, 0xFFFFFFFF)} == {KILLED}


@pytest.mark.parametrize("command", [5, 6, 7, 8, 10, 1024, 1026, 1031, 1033, 36, 37, 38])
def test_locks_leases_owners_and_seals_are_shut(command: int) -> None:
    assert answer(72, 4, 1) == ALLOWED
    assert answer(72, 4, command) == FAILS | errno.EPERM


def test_reads_its_limits_and_sets_none() -> None:
    assert answer(302, 0, 7, 0, 1 << 40) == ALLOWED
    assert answer(302, OWN_PID, 7, 0) == ALLOWED
    # a pointer whose lower half is zero is still a pointer
    assert {answer(302, 0, 7, new) for new in (4096, 1 << 40, 1 << 63)} == {FAILS | errno.EPERM}
    assert answer(302, 1, 7, 0) == FAILS | errno.EPERM


def test_asks_terminals_nothing() -> None:
    assert answer(16, 0, 0x5401) == ALLOWED
    assert answer(16, 0, 0x5412) == FAILS | errno.ENOTTY
