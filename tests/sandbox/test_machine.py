"""What stands in a layer's way is read off the machine, and each reason comes with what to do."""

import json
from pathlib import Path

import pytest

from scoring.sandbox import Layer
from scoring.sandbox.__main__ import main
from scoring.sandbox.layers import allowed_layer
from scoring.sandbox.machine import SWITCHES, obstacles


@pytest.fixture
def sysctl(tmp_path: Path) -> Path:
    """A kernel's switches as they should stand."""
    for name, wrong, _ in SWITCHES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{1 - int(wrong)}\n")
    actions = tmp_path / "kernel/seccomp/actions_avail"
    actions.parent.mkdir()
    actions.write_text("kill_process kill_thread errno allow\n")
    return tmp_path


@pytest.mark.parametrize(("name", "wrong", "remedy"), SWITCHES)
def test_each_switch_that_forbids_namespaces_is_named_with_its_remedy(
    sysctl: Path, name: str, wrong: str, remedy: str
) -> None:
    assert obstacles(Layer.BWRAP, sysctl=sysctl) == []
    (sysctl / name).write_text(f"{wrong}\n")
    (found,) = obstacles(Layer.BWRAP, sysctl=sysctl)
    assert found.reason.startswith(name.replace("/", "."))
    assert found.remedy == remedy
    assert obstacles(Layer.RESTRICTED, sysctl=sysctl) == []


def test_a_kernel_without_the_filter_is_told_for_both_layers(sysctl: Path) -> None:
    (sysctl / "kernel/seccomp/actions_avail").write_text("errno allow\n")
    for layer in (Layer.BWRAP, Layer.RESTRICTED):
        assert [found.remedy for found in obstacles(layer, sysctl=sysctl)] == ["boot a kernel of version 4.14 or later"]


def test_the_launcher_s_socket_must_be_named_and_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BOUNTY_SANDBOX_LAUNCHER", raising=False)
    assert "does not say" in obstacles(Layer.CONTAINER)[0].reason
    monkeypatch.setenv("BOUNTY_SANDBOX_LAUNCHER", str(tmp_path / "socket"))
    assert obstacles(Layer.CONTAINER)[0].reason == f"no launcher has made {tmp_path}/socket"
    (tmp_path / "socket").touch()
    assert obstacles(Layer.CONTAINER) == []


def test_the_default_is_the_box_of_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOUNTY_SANDBOX", raising=False)
    assert allowed_layer() is Layer.BWRAP
    monkeypatch.setenv("BOUNTY_SANDBOX", "restricted")
    assert allowed_layer() is Layer.RESTRICTED


def test_the_probe_tells_programs_what_it_tells_people(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert main(["probe"]) == 1
    told = capsys.readouterr().out
    assert main(["probe", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["allowed"]) == (False, "bwrap")
    bwrap = next(layer for layer in found["layers"] if layer["layer"] == "bwrap")
    assert bwrap["remedies"][0] == "apt-get install bubblewrap"
    for name, fact in found["facts"].items():
        assert f"{name}: {fact}\n" in told + "\n"
