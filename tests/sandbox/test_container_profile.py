"""The worker container's seccomp profile: enough for the box's walls, and for nothing that they do not need."""

import ctypes.util
import json
import sys
from pathlib import Path

import pytest

from tests.sandbox.commands import PROJECT, as_ordinary_user, run_command

PROFILE = PROJECT / "docker" / "seccomp.json"
pytestmark = pytest.mark.skipif(not ctypes.util.find_library("seccomp"), reason="libseccomp is not installed")


def under(profile: Path) -> str:
    """What the probe says to an ordinary user under this profile."""
    filtered = [sys.executable, str(PROJECT / "tests" / "sandbox" / "filtered.py"), str(profile)]
    done = run_command(as_ordinary_user([*filtered, sys.executable, "-m", "scoring.sandbox", "probe"]))
    return done.stdout + done.stderr


def test_the_box_works_under_the_container_s_profile() -> None:
    assert "bwrap: works" in under(PROFILE)


def test_without_the_calls_that_the_profile_adds_for_it_the_box_does_not(tmp_path: Path) -> None:
    profile = json.loads(PROFILE.read_text())
    profile["syscalls"] = [
        rule | {"names": [name for name in rule["names"] if name not in {"unshare", "mount", "pivot_root"}]}
        for rule in profile["syscalls"]
    ]
    narrower = tmp_path / "seccomp.json"
    narrower.write_text(json.dumps(profile))
    assert "bwrap: works" not in under(narrower)


def test_the_profile_has_no_call_that_looks_into_other_processes_or_the_kernel() -> None:
    allowed = {name for rule in json.loads(PROFILE.read_text())["syscalls"] for name in rule["names"]}
    refused = {
        "ptrace",
        "process_vm_readv",
        "keyctl",
        "bpf",
        "perf_event_open",
        "userfaultfd",
        "io_uring_setup",
        "setns",
    }
    assert not allowed & refused
