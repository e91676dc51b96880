"""What the box is made of, found rather than assumed; and that a worker who is root gives that up first."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from scoring.sandbox import Box, BoxError, Layer, Probe, probe
from scoring.sandbox.installation import default_python, survey
from scoring.sandbox.layers import start_command
from scoring.sandbox.policy import ENVIRONMENT
from tests.sandbox.commands import PROJECT, as_ordinary_user, run_command


def test_the_default_layer_works_here(probed: Probe) -> None:
    assert probed == Probe(Layer.BWRAP, True, [])


def test_both_layers_work_for_an_ordinary_user() -> None:
    done = run_command(as_ordinary_user([sys.executable, "-m", "scoring.sandbox", "probe"]))
    assert done.stdout.startswith("bwrap: works\nrestricted: works\n"), done.stderr
    assert done.returncode == 0


def test_without_bubblewrap_the_probe_says_what_to_install(monkeypatch: pytest.MonkeyPatch, probed: Probe) -> None:
    assert probed.ok
    monkeypatch.setenv("PATH", "/nowhere")
    found = probe()
    assert (found.ok, found.reasons) == (False, ["bwrap is not installed; apt-get install bubblewrap"])


def test_without_an_interpreter_the_probe_says_what_makes_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BOUNTY_BOX_PYTHON", str(tmp_path / "python"))
    reason = f"there is no interpreter for entrants' code at {tmp_path}/python; make install makes it"
    assert probe().reasons == [reason]


def test_a_box_that_cannot_start_says_why(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 3\n")
    python.chmod(0o755)
    with pytest.raises(BoxError, match="does not run"):
        Box.start(python=python)


def test_the_survey_finds_the_loader_and_libraries_under_all_their_names() -> None:
    found = survey(default_python())
    names = dict(found.libraries)
    assert found.loader.name.startswith("ld-linux")
    assert "libc.so.6" in names
    assert all(file.is_file() for file in names.values())
    assert not any(str(file).startswith(str(found.packages)) for file in names.values())


def test_the_walls_bind_only_what_the_survey_found() -> None:
    found = survey(default_python())
    command = start_command(Layer.BWRAP, found, control=8, info=9)
    bound = {command[i + 1] for i, word in enumerate(command) if word == "--ro-bind"}
    project = {path for path in bound if path.startswith(str(PROJECT / "scoring"))}
    installed = {str(found.executable), str(found.loader), str(found.stdlib), str(found.packages)}
    assert bound - project - installed == {str(file) for _, file in found.libraries}
    assert not {"--bind", "--dev-bind", "--proc", "--dev", "--share-net"} & set(command)


def test_the_environment_inside_is_ten_constants() -> None:
    assert len(ENVIRONMENT) == 10
    assert not any(str(PROJECT) in value for value in ENVIRONMENT.values())


def test_the_checkout_and_the_interpreter_may_lie_in_a_private_folder() -> None:
    """Made by whoever runs the tests, closed to everybody else: root binds it for the user that it becomes."""
    with tempfile.TemporaryDirectory() as folder:
        private = Path(folder)
        assert private.stat().st_mode & 0o777 == 0o700
        (private / "project").mkdir()
        shutil.copytree(PROJECT / "scoring", private / "project/scoring")
        shutil.copytree(PROJECT / ".venv-box", private / "venv", symlinks=True, copy_function=_link)
        done = run_command(
            [sys.executable, "-m", "scoring.sandbox", "probe"],
            PYTHONPATH=str(private / "project"),
            BOUNTY_BOX_PYTHON=str(private / "venv/bin/python"),
        )
    assert done.stdout.startswith("bwrap: works\n"), done.stdout + done.stderr


def _link(source: str, target: str) -> None:
    """A copy that costs nothing where both lie on one file system."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def test_a_worker_that_is_root_starts_the_box_as_another_user(box: Box) -> None:
    status = Path(f"/proc/{box.waiting()}/status").read_text()
    users = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
    expected = "62317" if os.geteuid() == 0 else str(os.geteuid())
    assert users == [expected] * 4
