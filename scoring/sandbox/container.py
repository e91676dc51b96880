"""One container as a command: an OCI bundle for gVisor (runsc) or crun, or the box of namespaces spoken to over stdio.

It holds what the box of namespaces holds and no more: the interpreter's files one by one, read-only, no network, no
capability, no way to gain any, the same constant environment. ``runsc`` puts a kernel of its own between the job and
the machine's; it brings its own devices and no Landlock. An ordinary user's container has a user namespace as well;
root's has none, and runs as an account that is nobody's.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from scoring.sandbox.installation import Installation
from scoring.sandbox.layers import (
    BOX_USER,
    FLAGS,
    INNER_USER,
    INSIDE_PYTHON,
    as_box_user,
    contents,
    find,
    walls,
)
from scoring.sandbox.policy import ENVIRONMENT
from scoring.sandbox.process import open_first
from scoring.sandbox.protocol import LANDLOCK_WELCOME

GUEST: Final = (INSIDE_PYTHON, *FLAGS, "-m", "scoring.sandbox.guest.bridge", LANDLOCK_WELCOME, "/opt")
NAMESPACES: Final = ("pid", "network", "ipc", "uts", "mount", "cgroup")
CAPABILITY_SETS: Final = ("bounding", "effective", "inheritable", "permitted", "ambient")
END_S: Final = 5.0


class Runtime(StrEnum):
    """What starts the container."""

    RUNSC = "runsc"
    CRUN = "crun"
    BWRAP = "bwrap"


# Folders that the runtime would else fill, covered by empty ones. Crun only wants a place for its few devices.
COVERED: Final = {Runtime.RUNSC: ("/proc", "/sys", "/tmp", "/dev"), Runtime.CRUN: ("/dev",)}


def describe(runtime: Runtime, installation: Installation, user: int) -> dict[str, Any]:
    """The bundle's config.json (OCI runtime specification 1.0) for a launcher that runs as ``user``."""
    rootless = user != 0
    inner = int(INNER_USER) if rootless else BOX_USER
    namespaces = [*NAMESPACES, *(["user"] if rootless else [])]
    mapping = [{"containerID": inner, "hostID": user, "size": 1}]
    return {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False,
            "user": {"uid": inner, "gid": inner},
            "args": list(GUEST),
            "env": [f"{name}={value}" for name, value in ENVIRONMENT.items()],
            "cwd": "/",
            "noNewPrivileges": True,
            "capabilities": {name: [] for name in CAPABILITY_SETS},
        },
        "root": {"path": "rootfs", "readonly": True},
        "mounts": [*map(_cover, COVERED.get(runtime, ())), *(_bind(*found) for found in contents(installation))],
        "linux": {
            "namespaces": [{"type": name} for name in namespaces],
            **({"uidMappings": mapping, "gidMappings": mapping} if rootless else {}),
        },
    }


def _cover(place: str) -> dict[str, Any]:
    options = ["nosuid", "noexec", "ro", "mode=755"]
    return {"destination": place, "type": "tmpfs", "source": "tmpfs", "options": options}


def _bind(source: Path, inside: str) -> dict[str, Any]:
    options = ["bind" if source.is_file() else "rbind", "ro", "nosuid", "nodev"]
    return {"destination": inside, "type": "bind", "source": str(source), "options": options}


def run_command(runtime: Runtime, folder: Path, user: int) -> list[str]:
    """What starts the bundle in ``folder`` and stays in the foreground until it has ended.

    The container is called as its folder is: runsc's are known by name across the machine, whatever their state folder.
    """
    return [*_runtime(runtime, folder, user), "run", "--bundle", str(folder), folder.name]


def delete_command(runtime: Runtime, folder: Path, user: int) -> list[str]:
    """What ends it, however it stands."""
    return [*_runtime(runtime, folder, user), "delete", "--force", folder.name]


def _runtime(runtime: Runtime, folder: Path, user: int) -> list[str]:
    program, state = find(runtime.value), str(folder / "state")
    if runtime is Runtime.CRUN:
        return [program, "--root", state, "--cgroup-manager=disabled"]
    return [program, "--root", state, "--network=none", "--ignore-cgroups", *(["--rootless"] if user else [])]


class Container:
    """A started container; ``into`` and ``out`` are the ends of its pipes, to be handed over and closed here."""

    def __init__(self, runtime: Runtime, installation: Installation) -> None:
        self._runtime, self._user = runtime, os.geteuid()
        self._folder = Path(tempfile.mkdtemp(prefix="box-"))
        self._first: int | None = None
        self.into = self.out = -1
        with contextlib.ExitStack() as undo:
            undo.callback(shutil.rmtree, self._folder, ignore_errors=True)
            (self._folder / "rootfs").mkdir()
            config = describe(runtime, installation, self._user)
            (self._folder / "config.json").write_text(json.dumps(config))
            self._said = (self._folder / "said").open("w+b")
            undo.callback(self._said.close)
            undo.callback(self.hand_over)
            self._start(installation)
            undo.pop_all()

    def _start(self, installation: Installation) -> None:
        stdin, self.into = os.pipe2(os.O_CLOEXEC)
        self.out, stdout = os.pipe2(os.O_CLOEXEC)
        info_out, info_in = os.pipe2(os.O_CLOEXEC)
        try:
            if self._runtime is Runtime.BWRAP:
                command = as_box_user(walls(installation, GUEST, info_in))
            else:
                command = run_command(self._runtime, self._folder, self._user)
            self._process = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=stdout,
                stderr=self._said,
                env={},  # nothing of the launcher's own
                cwd="/",
                pass_fds=[info_in] if self._runtime is Runtime.BWRAP else [],
                start_new_session=True,
            )
        finally:
            for file in (stdin, stdout, info_in):
                os.close(file)
            with os.fdopen(info_out) as info:
                self._first = open_first(info)

    @property
    def pid(self) -> int:
        """Of the runtime, outside."""
        return self._process.pid

    def end(self) -> str:
        """Ends it, however it stands, and returns the last line it said. Returns when it is gone."""
        self.hand_over()
        if self._first is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
            select.select([self._first], [], [], END_S)
            os.close(self._first)
            self._first = None
        elif self._runtime is not Runtime.BWRAP:
            subprocess.run(
                delete_command(self._runtime, self._folder, self._user), env={}, capture_output=True, check=False
            )
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
        self._said.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        return lines[-1] if lines else ""

    def hand_over(self) -> None:
        """Closes this side's ends of the pipes; whoever was sent them has their own."""
        for file in {self.into, self.out} - {-1}:
            os.close(file)
        self.into = self.out = -1
