"""The walls around the waiting interpreter, as the command that starts it.

``bwrap`` is the default: namespaces of its own, a root that holds the interpreter and nothing else. ``restricted`` has
no namespaces, only what each job does to itself (Landlock, seccomp, limits): it needs an explicit setting, and leaks
the names and sizes of the machine's files. There is no layer called none.
"""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

from scoring.sandbox.errors import BoxError
from scoring.sandbox.installation import PROJECT, Installation
from scoring.sandbox.policy import ENVIRONMENT
from scoring.sandbox.protocol import LANDLOCK_NEEDED, LANDLOCK_WELCOME

BOX_USER: Final = 62_317  # nobody's account: what a worker that is root becomes before it starts a box
INNER_USER: Final = "1000"
MACHINE: Final = "x86_64"
GUEST_MODULE: Final = "scoring.sandbox.guest.zygote"
FLAGS: Final = ("-s", "-P", "-S", "-B")  # no user folder, no working folder, no site module, no compiled files written
PACKAGES: Final = {"bwrap": "bubblewrap", "env": "coreutils"}
INSIDE: Final = "/opt/bb/scoring"

# What of the project the box holds; a folder's own __init__ outside is the trusted side's, so it gets the guest's.
SHARED_FILES: Final = {
    "__init__.py": "__init__.py",
    "types.py": "types.py",
    "tables.py": "tables.py",
    "sandbox/__init__.py": "sandbox/guest/__init__.py",
    "sandbox/encoding.py": "sandbox/encoding.py",
    "sandbox/limits.py": "sandbox/limits.py",
    "sandbox/policy.py": "sandbox/policy.py",
    "sandbox/protocol.py": "sandbox/protocol.py",
    "sandbox/verdicts.py": "sandbox/verdicts.py",
    "sandbox/guest": "sandbox/guest",
}


class Layer(StrEnum):
    """How the box is walled in."""

    BWRAP = "bwrap"
    RESTRICTED = "restricted"


def start_command(layer: Layer, installation: Installation, *, control: int, info: int) -> list[str]:
    """The command that starts a waiting interpreter; ``control`` and ``info`` are descriptors it inherits."""
    if platform.machine() != MACHINE:
        raise BoxError(f"the box's table of system calls is for {MACHINE}, and this machine is {platform.machine()}")
    build = _bubblewrap if layer is Layer.BWRAP else _restricted
    command = build(installation, control, info)
    if os.geteuid() != 0:
        return command
    launcher = Path(__file__).with_name("launch.py")
    return [sys.executable, "-I", "-S", str(launcher), str(BOX_USER), *command]


def _restricted(installation: Installation, control: int, _info: int) -> list[str]:
    """No walls but those that each job builds around itself; here only a clean environment."""
    places = {"LD_LIBRARY_PATH": "", "PATH": "", "PYTHONPATH": f"{PROJECT}:{installation.packages}"}
    environment = [f"{name}={value}" for name, value in {**ENVIRONMENT, **places}.items() if value]
    readable = {installation.stdlib, installation.packages, PROJECT / "scoring", installation.loader}
    readable |= {file for _, file in installation.libraries}
    interpreter = [str(installation.executable), *FLAGS, "-m", GUEST_MODULE]
    started = [*interpreter, str(control), LANDLOCK_NEEDED, *map(str, sorted(readable))]
    return [_find("env"), "-i", *environment, *started]


def _bubblewrap(installation: Installation, control: int, info: int) -> list[str]:
    arguments = [_find("bwrap"), "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    # no --die-with-parent: it follows the thread that started bwrap, not the process
    arguments += ["--unshare-cgroup-try", "--uid", INNER_USER, "--gid", INNER_USER, "--new-session", "--clearenv"]
    for name, value in ENVIRONMENT.items():
        arguments += ["--setenv", name, value]
    for source, inside in _contents(installation):
        arguments += ["--ro-bind", str(source), inside]
    arguments += ["--remount-ro", "/", "--chdir", "/", "--info-fd", str(info), "--"]
    return [*arguments, "/opt/python/bin/python", *FLAGS, "-m", GUEST_MODULE, str(control), LANDLOCK_WELCOME, "/opt"]


def _find(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise BoxError(f"{program} is not installed; apt-get install {PACKAGES[program]}")
    return found


def _contents(installation: Installation) -> Iterator[tuple[Path, str]]:
    """Every file and folder of the box, by where it lies outside: the interpreter, its packages, the guest."""
    yield installation.executable, "/opt/python/bin/python"
    yield installation.loader, str(installation.loader)
    yield installation.stdlib, f"/opt/python/{installation.stdlib_inside}"
    yield installation.packages, "/opt/box"
    for name, file in installation.libraries:
        yield file, f"/opt/lib/{name}"
    for inside, outside in SHARED_FILES.items():
        yield PROJECT / "scoring" / outside, f"{INSIDE}/{inside}"
