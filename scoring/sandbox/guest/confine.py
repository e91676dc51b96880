"""Locks the calling process in, for good: limits, no new privileges, Landlock, seccomp. In this order, each once."""

import contextlib
import ctypes
import mmap
import os
import resource
import struct
from typing import Final

from scoring.sandbox.guest.filter import compile_filter
from scoring.sandbox.policy import (
    LANDLOCK_FILE_RIGHTS,
    LANDLOCK_NETWORK,
    LANDLOCK_READ,
    LANDLOCK_READ_FILE,
    LANDLOCK_SCOPES,
)

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_SET_SECCOMP: Final = 22
PR_SET_NO_NEW_PRIVS: Final = 38
SECCOMP_MODE_FILTER: Final = 2
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
PAGE_BYTES: Final = mmap.PAGESIZE
COARSE_BYTES: Final = 1 << 20
MAP_FAILED: Final = ctypes.c_void_p(-1).value

libc: Final = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
libc.syscall.restype = ctypes.c_long


class SockFprog(ctypes.Structure):
    """The kernel's struct sock_fprog."""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def call(number: int, *arguments: int | bytes | None) -> int:
    """A system call by its number; raises OSError."""
    words = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    result = int(libc.syscall(ctypes.c_long(number), *words))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def control(option: int, *arguments: int) -> None:
    """prctl, raising OSError; all five arguments are given, for the kernel checks that unused ones are zero."""
    padded = [*arguments, 0, 0, 0, 0][:4]
    if libc.prctl(option, *[ctypes.c_ulong(argument) for argument in padded]) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def landlock_version() -> int:
    """The kernel's Landlock interface version; 0 where there is none."""
    try:
        return call(LANDLOCK_CREATE, None, 0, 1)
    except OSError:
        return 0


def open_ruleset(readable: tuple[str, ...]) -> int | None:
    """A Landlock ruleset: files under ``readable`` may be read, and nothing else anywhere. None where there is none."""
    version = landlock_version()
    if not version:
        return None
    handled = 0
    for since, rights in LANDLOCK_FILE_RIGHTS:
        handled |= rights if version >= since else 0
    fields = [handled, LANDLOCK_NETWORK if version >= 4 else 0, LANDLOCK_SCOPES if version >= 6 else 0]
    known = fields[: 3 if version >= 6 else 2 if version >= 4 else 1]  # an older kernel refuses a longer structure
    attributes = struct.pack(f"<{len(known)}Q", *known)
    ruleset = call(LANDLOCK_CREATE, attributes, len(attributes), 0)
    for folder in readable:
        _allow_reading(ruleset, folder)
    return ruleset


def _allow_reading(ruleset: int, path: str) -> None:
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = LANDLOCK_READ if os.path.isdir(path) else LANDLOCK_READ_FILE
        call(LANDLOCK_ADD, ruleset, 1, struct.pack("<Qi", rights, folder), 0)
    finally:
        os.close(folder)


def address_space_bytes() -> int:
    """Address space of this process to the next MiB, without /proc: the least limit under which a page still maps."""
    low, high = 0, 1 << 47
    before = resource.getrlimit(resource.RLIMIT_AS)
    while high - low > COARSE_BYTES:
        middle = (low + high) // 2
        resource.setrlimit(resource.RLIMIT_AS, (middle, before[1]))
        page = libc.mmap(None, PAGE_BYTES, 0, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
        if page == MAP_FAILED:
            low = middle
        else:
            libc.munmap(page, PAGE_BYTES)
            high = middle
    resource.setrlimit(resource.RLIMIT_AS, before)
    return high


def set_limits(*, cpu_s: int, memory_bytes: int, files: int, threads: int) -> None:
    """Resource limits for the rest of the process's life; memory beyond what it has now."""
    memory_bytes += address_space_bytes()
    # one second between warning and kill, so that the limit can be told from a kill for lack of memory
    for which, soft, hard in (
        (resource.RLIMIT_CPU, cpu_s, cpu_s + 1),
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (resource.RLIMIT_NOFILE, files, files),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_MEMLOCK, 0, 0),
    ):
        resource.setrlimit(which, (soft, hard))
    for which, most in ((resource.RLIMIT_NPROC, threads), (resource.RLIMIT_MSGQUEUE, 0)):
        # refused where it is lower already, and by gVisor, which has neither
        with contextlib.suppress(ValueError):
            resource.setrlimit(which, (most, most))


def forbid(ruleset: int | None) -> None:
    """No new privileges, no reading by others, Landlock, seccomp; cannot be undone."""
    control(PR_SET_NO_NEW_PRIVS, 1)
    control(PR_SET_DUMPABLE, 0)
    if ruleset is not None:
        call(LANDLOCK_RESTRICT, ruleset, 0)
        os.close(ruleset)
    program = ctypes.create_string_buffer(compile_filter(os.getpid()))
    header = SockFprog((len(program) - 1) // 8, ctypes.addressof(program))
    control(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(header))
