"""What stands in a layer's way on this machine, as far as it can be read without starting anything; and what to do."""

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scoring.sandbox.errors import BoxError
from scoring.sandbox.guest.confine import landlock_version
from scoring.sandbox.installation import default_python
from scoring.sandbox.layers import LAUNCHER_VARIABLE, LAYER_VARIABLE, MACHINE, PACKAGES, Layer, launcher_socket

# Switches that keep an ordinary user from namespaces of its own: file, the value that does, and what undoes it.
SWITCHES: Final = (
    ("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=15000"),
    ("kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "give bwrap an AppArmor profile with `userns,`, or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
)
SYSCTL: Final = Path("/proc/sys")
SECCOMP_ACTIONS: Final = "kernel/seccomp/actions_avail"
LANDLOCK_REMEDY: Final = "boot a kernel of version 5.13 or later with landlock in its lsm= list"
CONTAINER_REMEDY: Final = (
    "in a container, start it under docker/seccomp.json as an ordinary user; "
    "a host with AppArmor must allow user namespaces and mounts too"
)


@dataclass(frozen=True)
class Obstacle:
    """Why a layer cannot work, and what to do about it, each in one sentence."""

    reason: str
    remedy: str


def obstacles(layer: Layer, *, sysctl: Path = SYSCTL) -> list[Obstacle]:
    """What can be seen at once to stand in the way. None is no promise: only ``probe`` tries."""
    if platform.machine() != MACHINE:
        reason = f"the box's table of system calls is for {MACHINE}, and this machine is {platform.machine()}"
        return [Obstacle(reason, f"use a machine of the kind {MACHINE}")]
    if layer is Layer.CONTAINER:
        return list(_of_the_launcher())
    found = [*_of_the_interpreter(), *_of_the_filter(sysctl)]
    return found + list(_of_namespaces(sysctl) if layer is Layer.BWRAP else _of_landlock())


def _of_the_launcher() -> Iterator[Obstacle]:
    start = "start it: python -m scoring.sandbox launcher --socket PATH --runtime runsc"
    try:
        socket = launcher_socket()
    except BoxError as error:
        yield Obstacle(str(error), f"set {LAUNCHER_VARIABLE}=PATH, and {start}")
        return
    if not socket.exists():
        yield Obstacle(f"no launcher has made {socket}", start)
    elif not os.access(socket, os.W_OK):
        yield Obstacle(f"this user may not open {socket}", "start the launcher with --owner and this user's id")


def _of_the_interpreter() -> Iterator[Obstacle]:
    if not default_python().exists():
        yield Obstacle(f"there is no interpreter for entrants' code at {default_python()}", "make install")


def _of_the_filter(sysctl: Path) -> Iterator[Obstacle]:
    if "kill_process" not in _read(sysctl / SECCOMP_ACTIONS).split():
        yield Obstacle(
            "this kernel has no seccomp filter that ends a process", "boot a kernel of version 4.14 or later"
        )


def _of_namespaces(sysctl: Path) -> Iterator[Obstacle]:
    if shutil.which("bwrap") is None:
        yield Obstacle("bwrap is not installed", f"apt-get install {PACKAGES['bwrap']}")
    for name, value, remedy in SWITCHES:
        if _read(sysctl / name) == value:
            yield Obstacle(f"{name.replace('/', '.')} is {value}, so that nobody may make a user namespace", remedy)


def _of_landlock() -> Iterator[Obstacle]:
    if not landlock_version():
        yield Obstacle("this kernel has no Landlock, which the restricted layer cannot do without", LANDLOCK_REMEDY)


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:  # a switch that this kernel does not have is not turned
        return ""


def remedies(layer: Layer, reasons: list[str]) -> list[str]:
    """What to do where ``layer`` was tried and did not work, the likely first."""
    found = [obstacle.remedy for obstacle in obstacles(layer)]
    if not found and layer is Layer.BWRAP and reasons:
        found.append(CONTAINER_REMEDY)
    if layer is Layer.RESTRICTED and os.geteuid() == 0 and any("ermission denied" in reason for reason in reasons):
        found.append("the interpreter or the checkout lies where only root may go: run as an ordinary user who may")
    if layer is Layer.BWRAP and reasons:
        found.append(f"or choose another layer with {LAYER_VARIABLE}: container, or restricted, which is weaker")
    return found
