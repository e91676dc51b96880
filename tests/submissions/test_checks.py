"""Django's system checks say whether entrants' code can be run, without starting anything unless asked to."""

import subprocess
from io import StringIO

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from scoring.sandbox import Box


def said(*, deploy: bool = False) -> list[tuple[str, str]]:
    found = run_checks(tags=["sandbox"], include_deployment_checks=deploy)
    return [(message.id, message.hint) for message in found]


@pytest.fixture
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)


@pytest.mark.usefixtures("nothing_starts")
def test_where_bubblewrap_is_missing_a_warning_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said() == []
    monkeypatch.setenv("PATH", "/nonexistent")
    assert said() == [("sandbox.W001", "apt-get install bubblewrap")]


@pytest.mark.usefixtures("nothing_starts")
def test_the_weaker_layer_is_warned_of_and_no_layer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOUNTY_SANDBOX", "restricted")
    assert [code for code, _ in said()] == ["sandbox.W002"]
    monkeypatch.setenv("BOUNTY_SANDBOX", "none")
    assert said() == [("sandbox.E001", "Unset BOUNTY_SANDBOX for the default.")]


@pytest.mark.sandbox
def test_when_asked_for_deployment_every_wall_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    start = Box.start
    monkeypatch.setattr(Box, "start", lambda **given: started.append(given) or start(**given))
    assert said(deploy=True) == []
    assert len(started) == 1


@pytest.mark.sandbox
def test_the_probe_command_tells_people_and_programs_and_fails_where_nothing_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = StringIO()
    call_command("sandbox", "probe", stdout=out)
    assert out.getvalue().startswith("bwrap: works\n")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SystemExit, match="1"):
        call_command("sandbox", "probe", stdout=out)
    assert "bwrap: bwrap is not installed; apt-get install bubblewrap" in out.getvalue()
    monkeypatch.setenv("BOUNTY_SANDBOX", "none")
    with pytest.raises(CommandError, match="it must be one of bwrap, restricted, container"):
        call_command("sandbox", "probe", stdout=out)
