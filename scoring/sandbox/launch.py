"""Gives up being root, then becomes the given command. Run as a script of its own: it imports nothing of the project.

    python launch.py UID COMMAND [ARGUMENT ...]

The checkout and the interpreter may lie where that user cannot go (a private temporary folder, root's own). So every
source of a --ro-bind in the command is first bound, in a mount namespace that ends with the command, to a place that
anybody can reach. Only what is named is bound: the folders above it stay as closed as they were.
"""

import ctypes
import os
import sys

CLONE_NEWNS = 0x00020000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
STAGE = "/tmp"  # covered by an empty file system of this namespace's own
libc = ctypes.CDLL(None, use_errno=True)


def main(arguments: list[str]) -> None:
    user, command = int(arguments[0]), arguments[1:]
    if "--ro-bind" in command:
        try:
            _call(libc.unshare(CLONE_NEWNS))
        except OSError:
            pass  # root without the right to mount, as in a container: the sources must be reachable as they are
        else:
            stage(command)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.execv(command[0], command)


def stage(command: list[str]) -> None:
    """Binds each source to a reachable place and puts that place into the command."""
    places = [i + 1 for i, word in enumerate(command) if word == "--ro-bind"]
    # opened before the stage covers anything: a source may itself lie under it
    sources = {i: os.open(command[i], os.O_PATH) for i in places}
    _mount("none", "/", MS_REC | MS_PRIVATE)
    _call(libc.mount(b"tmpfs", STAGE.encode(), b"tmpfs", 0, b"mode=0755"))
    for i, source in sources.items():
        place = f"{STAGE}/{i}"
        if os.path.isdir(f"/proc/self/fd/{source}"):
            os.mkdir(place)
        else:
            os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o644))
        _mount(f"/proc/self/fd/{source}", place, MS_BIND | MS_REC)
        os.close(source)
        command[i] = place


def _mount(source: str, target: str, flags: int) -> None:
    _call(libc.mount(source.encode(), target.encode(), None, ctypes.c_ulong(flags), None))


def _call(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    main(sys.argv[1:])
