"""Runs a command as a container engine would: without privileges to gain, under a seccomp profile.

    python filtered.py PROFILE.json COMMAND [ARGUMENT ...]

Reads the part of the format that our profile uses: allowed names, and equality of one argument.
"""

import ctypes
import json
import os
import sys
from pathlib import Path

ALLOW, ERRNO = 0x7FFF0000, 0x00050000
EQUAL, UNKNOWN = 4, -1
NO_NEW_PRIVS = 38


class Comparison(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("value", ctypes.c_uint64), ("other", ctypes.c_uint64)]


def main(profile: dict, command: list[str]) -> None:  # type: ignore[type-arg]
    seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    ctypes.CDLL(None).prctl(NO_NEW_PRIVS, 1, 0, 0, 0)
    context = ctypes.c_void_p(seccomp.seccomp_init(ERRNO | profile["defaultErrnoRet"]))
    for rule in profile["syscalls"]:
        compared = [Comparison(arg["index"], EQUAL, arg["value"], 0) for arg in rule.get("args", [])]
        for name in rule["names"]:
            number = seccomp.seccomp_syscall_resolve_name(name.encode())
            if number != UNKNOWN:
                check(seccomp.seccomp_rule_add(context, ALLOW, number, len(compared), *compared))
    check(seccomp.seccomp_load(context))
    os.execv(command[0], command)


def check(result: int) -> None:
    if result != 0:
        raise OSError(-result, os.strerror(-result))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2:])
