"""Runs a command as a user who owns nothing, on a machine where the project lies in somebody's private folder.

    python ordinary.py UID PATH[:PATH...] COMMAND [ARGUMENT ...]

Needs root. In a mount namespace of the command's own, every folder above the given paths that such a user cannot pass
is covered by an empty one that holds only the way to them.
"""

import ctypes
import os
import stat
import sys
from pathlib import Path

CLONE_NEWNS = 0x00020000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
libc = ctypes.CDLL(None, use_errno=True)


def main(user: int, needed: list[Path], command: list[str]) -> None:
    check(libc.unshare(CLONE_NEWNS))
    check(libc.mount(b"none", b"/", None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None))
    handles = {path: os.open(path, os.O_PATH) for path in needed}
    for closed in {first for path in needed if (first := first_closed(path)) is not None}:
        check(libc.mount(b"tmpfs", bytes(closed), b"tmpfs", 0, b"mode=0755"))
    for path, handle in handles.items():
        if not path.exists():
            path.mkdir(parents=True)
            source = f"/proc/self/fd/{handle}".encode()
            check(libc.mount(source, bytes(path), None, ctypes.c_ulong(MS_BIND | MS_REC), None))
        os.close(handle)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.execv(command[0], command)


def first_closed(path: Path) -> Path | None:
    """The outermost folder above ``path`` that others may not pass."""
    return next((folder for folder in reversed(path.parents) if not folder.stat().st_mode & stat.S_IXOTH), None)


def check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    main(int(sys.argv[1]), [Path(path) for path in sys.argv[2].split(":")], sys.argv[3:])
