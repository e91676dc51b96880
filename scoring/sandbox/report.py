"""What this machine can do, and why, for whoever runs it: each layer tried, and the facts that decide."""

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any, Final

from scoring.sandbox.guest.confine import landlock_version
from scoring.sandbox.installation import default_python
from scoring.sandbox.layers import BOX_USER, LAYER_VARIABLE, Layer, allowed_layer
from scoring.sandbox.machine import SECCOMP_ACTIONS, SWITCHES, SYSCTL, remedies
from scoring.sandbox.probe import Probe, probe

# Tried as whoever starts the box would be; exits 0 where the kernel lets that user make a namespace of its own.
TRY_NAMESPACE: Final = """
import ctypes, os, sys
user = int(sys.argv[1])
if os.geteuid() == 0:
    os.setgroups([]); os.setresgid(user, user, user); os.setresuid(user, user, user)
libc = ctypes.CDLL(None, use_errno=True)
failed = libc.unshare(0x10000000)  # CLONE_NEWUSER
sys.exit(os.strerror(ctypes.get_errno()) if failed else 0)
"""


@dataclass(frozen=True)
class LayerReport:
    """One layer, tried: what is said where it does not work, and what to do about it."""

    layer: Layer
    ok: bool
    allowed: bool
    reasons: list[str]
    remedies: list[str]


@dataclass(frozen=True)
class MachineReport:
    """All layers, and the facts by name. ``ok``: entrants' code can be run behind the layer that is allowed."""

    ok: bool
    allowed: Layer
    layers: list[LayerReport]
    facts: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def lines(self) -> list[str]:
        """The same for people."""
        said = [line for found in self.layers for line in _lines(found)]
        said.append(f"allowed: {self.allowed} ({LAYER_VARIABLE})" + ("" if self.ok else "; Python submissions wait"))
        return said + [f"{name}: {fact}" for name, fact in self.facts.items()]


def report() -> MachineReport:
    """Tries every layer: seconds. Raises BoxError where the setting names no layer."""
    allowed = allowed_layer()
    layers = [_report(probe(layer), allowed) for layer in Layer]
    ok = any(found.ok and found.allowed for found in layers)
    return MachineReport(ok, allowed, layers, facts())


def _report(tried: Probe, allowed: Layer) -> LayerReport:
    found = [] if tried.ok else remedies(tried.layer, tried.reasons)
    return LayerReport(tried.layer, tried.ok, tried.layer is allowed, tried.reasons, found)


def _lines(found: LayerReport) -> list[str]:
    reasons = "; ".join(found.reasons)
    if found.ok:
        return [f"{found.layer}: works" + (f", but {reasons}" if reasons else "")]
    return [f"{found.layer}: {reasons}", *(f"  {remedy}" for remedy in found.remedies)]


def facts() -> dict[str, str]:
    """What decides, by name, in plain words."""
    root = " (root; the box is started as an account that is nobody's)" if os.geteuid() == 0 else ""
    landlock = landlock_version()
    return {
        "user": f"{os.geteuid()}{root}",
        "kernel": f"{platform.release()} on {platform.machine()}",
        "user namespaces": _try_namespace(),
        **_switches(),
        "Landlock": f"interface version {landlock}" if landlock else "none",
        "seccomp": "filters that end a process" if _can_filter() else "none",
        "bubblewrap": _version("bwrap"),
        "crun": _version("crun"),
        "runsc": _version("runsc"),
        "entrants' interpreter": f"{default_python()}{'' if default_python().exists() else ' (missing)'}",
    }


def _try_namespace() -> str:
    command = [sys.executable, "-I", "-S", "-c", TRY_NAMESPACE, str(BOX_USER)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    return "can be made" if done.returncode == 0 else f"cannot be made: {done.stderr.strip().splitlines()[-1]}"


def _switches() -> dict[str, str]:
    found = {name: SYSCTL / name for name, _, _ in SWITCHES}
    return {name.replace("/", "."): path.read_text().strip() for name, path in found.items() if path.exists()}


def _can_filter() -> bool:
    path = SYSCTL / SECCOMP_ACTIONS
    return path.exists() and "kill_process" in path.read_text().split()


def _version(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        return "not installed"
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, cwd="/")
    return done.stdout.splitlines()[0].strip() if done.stdout else f"{path} does not run"
