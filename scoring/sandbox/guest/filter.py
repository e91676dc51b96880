"""The seccomp policy as a classic BPF program. Written out here, so that no native library is needed to build it."""

import errno
import functools
import struct
from typing import Final

from scoring.sandbox.policy import ALLOW, AUDIT_ARCH_X86_64, KILL, REFUSE, RULES, SELF, X32_BIT, Check, Rule

LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
AND: Final = 0x54  # BPF_ALU | BPF_AND | BPF_K
EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
RETURN: Final = 0x06

NUMBER, ARCH, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
LOW_WORD: Final = 0xFFFFFFFF

ALLOWED: Final = 0x7FFF0000
KILLED: Final = 0x80000000  # the whole process, not the thread
FAILS: Final = 0x00050000  # or-ed with the error number

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant (SELF: the job's process id)


@functools.cache
def compile_filter(own_pid: int) -> bytes:
    """The program for one job, as an array of struct sock_filter."""
    words = [word for *head, k in program() for word in (*head, own_pid if k == SELF else k)]
    return struct.pack("<" + "HBBI" * (len(words) // 4), *words)


@functools.cache
def program() -> tuple[Instruction, ...]:
    """The policy as instructions: each call is compared in turn, and answered where it is found."""
    found: list[Instruction] = [
        (LOAD, 0, 0, ARCH),
        (EQUAL, 1, 0, AUDIT_ARCH_X86_64),
        (RETURN, 0, 0, KILLED),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, X32_BIT),
        (RETURN, 0, 0, KILLED),
    ]
    for number in ALLOW.values():
        found += [(EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOWED)]
    for number, rule in RULES.values():
        block = _rule(rule)
        found += [(EQUAL, 0, len(block), number), *block]
    for number, error in REFUSE.values():
        found += [(EQUAL, 0, 1, number), (RETURN, 0, 0, FAILS | error)]
    for number in KILL.values():
        found += [(EQUAL, 0, 1, number), (RETURN, 0, 0, KILLED)]
    return (*found, (RETURN, 0, 0, FAILS | errno.ENOSYS))


def _rule(rule: Rule) -> list[Instruction]:
    block: list[Instruction] = []
    refused = (RETURN, 0, 0, KILLED if rule.error is None else FAILS | rule.error)
    for check in rule.checks:
        for offset, mask, values in _words(check):
            block += [(LOAD, 0, 0, offset), (AND, 0, 0, mask)]
            # a match jumps over the remaining comparisons and the refusal
            block += [(EQUAL, len(values) - i, 0, value) for i, value in enumerate(values)]
            block.append(refused)
    return [*block, (RETURN, 0, 0, ALLOWED)]


def _words(check: Check) -> list[tuple[int, int, list[int]]]:
    """The check on each 32-bit word that its mask reaches; a check of a whole argument has one value."""
    offset = ARGUMENTS + 8 * check.argument
    low = [value if value == SELF else value & LOW_WORD for value in check.values]
    words = [(offset, check.mask & LOW_WORD, low)]
    if check.mask > LOW_WORD:
        words.append((offset + 4, check.mask >> 32, [value >> 32 for value in check.values]))
    return words
