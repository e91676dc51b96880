"""The walls around the waiting interpreter, as the command that starts it.

``bwrap`` is the default: namespaces of its own, a root that holds the interpreter and nothing else. ``restricted`` has
no namespaces, only what each job does to itself (Landlock, seccomp, limits): it needs an explicit setting, and leaks
the names and sizes of the machine's files. ``container`` is started by a launcher, elsewhere, and spoken to over two
pipes: see ``container`` and ``launcher``. There is no layer called none, and none is ever taken in place of another.
"""

import os
import platform
import shutil
import sys
from collections.abc import Iterator, Sequence
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
PACKAGES: Final = {"bwrap": "bubblewrap", "env": "coreutils", "crun": "crun", "runsc": "runsc"}
INSIDE_PYTHON: Final = "/opt/python/bin/python"
INSIDE: Final = "/opt/bb/scoring"

# What of the project the box holds; a folder's own __init__ outside is the trusted side's, so it gets the guest's.
SHARED_FILES: Final = {
    "__init__.py": "__init__.py",
    "types.py": "types.py",
    "tables.py": "tables.py",
    "sandbox/__init__.py": "sandbox/guest/__init__.py",
    "sandbox/encoding.py": "sandbox/encoding.py",
    "sandbox/frames.py": "sandbox/frames.py",
    "sandbox/limits.py": "sandbox/limits.py",
    "sandbox/pipes.py": "sandbox/pipes.py",
    "sandbox/policy.py": "sandbox/policy.py",
    "sandbox/protocol.py": "sandbox/protocol.py",
    "sandbox/verdicts.py": "sandbox/verdicts.py",
    "sandbox/guest": "sandbox/guest",
}


class Layer(StrEnum):
    """How the box is walled in."""

    BWRAP = "bwrap"
    RESTRICTED = "restricted"
    CONTAINER = "container"


LAYER_VARIABLE: Final = "BOUNTY_SANDBOX"
LAUNCHER_VARIABLE: Final = "BOUNTY_SANDBOX_LAUNCHER"


def allowed_layer() -> Layer:
    """The one layer that entrants' code may be run behind: BOUNTY_SANDBOX, or bwrap. Raises BoxError for no layer."""
    name = os.environ.get(LAYER_VARIABLE, "") or Layer.BWRAP.value
    if name not in {layer.value for layer in Layer}:
        raise BoxError(f"{LAYER_VARIABLE} is {name!r}; it must be one of {', '.join(Layer)}")
    return Layer(name)


def launcher_socket() -> Path:
    """Where the launcher of containers listens: BOUNTY_SANDBOX_LAUNCHER. Raises BoxError where it is not said."""
    path = os.environ.get(LAUNCHER_VARIABLE, "")
    if not path:
        raise BoxError(f"{LAUNCHER_VARIABLE} does not say at which socket the launcher of containers listens")
    return Path(path)


def start_command(layer: Layer, installation: Installation, *, control: int, info: int) -> list[str]:
    """The command that starts a waiting interpreter; ``control`` and ``info`` are descriptors it inherits."""
    if platform.machine() != MACHINE:
        raise BoxError(f"the box's table of system calls is for {MACHINE}, and this machine is {platform.machine()}")
    if layer is Layer.CONTAINER:
        raise BoxError("a container is started by its launcher, not by a command of this process")
    build = _bubblewrap if layer is Layer.BWRAP else _restricted
    return as_box_user(build(installation, control, info))


def as_box_user(command: list[str]) -> list[str]:
    """The command, run as nobody's account where this process is root."""
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
    return [find("env"), "-i", *environment, *started]


def _bubblewrap(installation: Installation, control: int, info: int) -> list[str]:
    inner = (INSIDE_PYTHON, *FLAGS, "-m", GUEST_MODULE, str(control), LANDLOCK_WELCOME, "/opt")
    return walls(installation, inner, info)


def walls(installation: Installation, inner: Sequence[str], info: int) -> list[str]:
    """Bubblewrap's command for ``inner``; on the descriptor ``info`` it says which process is the first inside."""
    arguments = [find("bwrap"), "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    # no --die-with-parent: it follows the thread that started bwrap, not the process
    arguments += ["--unshare-cgroup-try", "--uid", INNER_USER, "--gid", INNER_USER, "--new-session", "--clearenv"]
    for name, value in ENVIRONMENT.items():
        arguments += ["--setenv", name, value]
    for source, inside in contents(installation):
        arguments += ["--ro-bind", str(source), inside]
    return [*arguments, "--remount-ro", "/", "--chdir", "/", "--info-fd", str(info), "--", *inner]


def find(program: str) -> str:
    """Where the program lies. Raises BoxError, with what to install, where it does not."""
    found = shutil.which(program)
    if found is None:
        raise BoxError(f"{program} is not installed; apt-get install {PACKAGES[program]}")
    return found


def contents(installation: Installation) -> Iterator[tuple[Path, str]]:
    """Every file and folder of the box, by where it lies outside: the interpreter, its packages, the guest."""
    yield installation.executable, INSIDE_PYTHON
    yield installation.loader, str(installation.loader)
    yield installation.stdlib, f"/opt/python/{installation.stdlib_inside}"
    yield installation.packages, "/opt/box"
    for name, file in installation.libraries:
        yield file, f"/opt/lib/{name}"
    for inside, outside in SHARED_FILES.items():
        yield PROJECT / "scoring" / outside, f"{INSIDE}/{inside}"
