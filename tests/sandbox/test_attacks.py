"""Both corpora, with every after-check: one as whoever runs the tests, one as an ordinary user; that the checks see."""

import base64
import json
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scoring.sandbox import GroupRun, SandboxVerdict
from scoring.sandbox.__main__ import main
from scoring.sandbox.attack import Result, arm, read_corpus, run_attack
from scoring.sandbox.range import Range
from tests.sandbox.commands import as_ordinary_user, run_command
from tests.shared import SHARED, needs_shared

OWN = Path(__file__).with_name("attacks.json")
GIVEN = SHARED / "attacks/attacks.json"
QUIET = GroupRun(SandboxVerdict.OK, None, "", "", None, 0.0)
CORPORA = {"given": pytest.param(GIVEN, marks=needs_shared, id="given"), "own": pytest.param(OWN, id="own")}


def corpora(short: str) -> list[Any]:
    """Both; in short each attack is made once, those of ``short`` here. ``make attacks`` sets ATTACKS."""
    return [*CORPORA.values()] if os.environ.get("ATTACKS") else [CORPORA[short]]


def attack_command(corpus: Path, *, folder: Path) -> list[str]:
    """The command on a corpus whose attacks that waste time are given less of it."""
    entries = read_corpus(corpus)
    for entry in entries:
        limits = entry.setdefault("limits", {})
        if "cpu_s" in limits:
            limits["cpu_s"] = 1
        if entry["expect"] == ["TIMEOUT"]:
            limits["wall_s"] = 0.8
        elif "TIMEOUT" not in entry["expect"]:
            limits.pop("wall_s", None)  # where others use the machine too, a second of it takes longer
    file = folder / "corpus.json"
    file.write_text(json.dumps(entries))
    folder.chmod(0o755)
    return [sys.executable, "-m", "scoring.sandbox", "attack", str(file)]


@pytest.mark.parametrize("corpus", corpora("given"))
def test_every_attack_ends_as_expected_and_achieves_nothing(corpus: Path, tmp_path: Path) -> None:
    done = run_command(attack_command(corpus, folder=tmp_path))
    assert done.stdout.endswith(" attacks, 0 wrong\n"), done.stdout + done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("corpus", corpora("own"))
def test_so_it_does_when_the_worker_is_an_ordinary_user(corpus: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        done = run_command(as_ordinary_user(attack_command(corpus, folder=Path(folder))))
    assert done.stdout.endswith(" attacks, 0 wrong\n"), done.stdout + done.stderr


def test_a_verdict_that_was_not_expected_is_shown_and_fails_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = [{"name": name, "expect": ["OK"], "source": "1 / 0", "limits": {}} for name in ("one", "other")]
    corpus[1]["expect"] = ["RUNTIME_ERROR"]
    (tmp_path / "corpus.json").write_text(json.dumps(corpus))
    assert main(["attack", str(tmp_path / "corpus.json")]) == 1
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "RUNTIME_ERROR was not expected" in rows["one"]
    assert rows["other"].endswith(" -")


A = '"name": "x", "expect": ["OK"], "source": "1"'
NO_CORPORA = ["", "{}", "\ufeff", "[" * 100_000, '[{"name": "x"}]', '[{"name": "x", "expect": [], "source": "1"}]']
NO_CORPORA += ['[{"name": "x", "expect": ["OK"], "source": 3}]', '[{"name": "x", "expect": [3], "source": "1"}]', "[3]"]
NO_CORPORA += [
    f'[{{{A}, "limits": {limits}}}]' for limits in ("[3]", '{"cpu_s": "1"}', '{"wall_s": 0}', '{"cpu_s": NaN}')
]
NO_CORPORA += ['[{"name": "x", "expect": ["OK"], "source_base64": "???"}]']


@pytest.mark.parametrize("text", NO_CORPORA)
def test_a_file_that_is_no_corpus_is_refused_in_one_sentence(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "corpus.json").write_text(text)
    assert main(["attack", str(tmp_path / "corpus.json")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.fixture(scope="module")
def ground() -> Iterator[Range]:
    with Range() as ground:
        yield ground


def test_an_entry_may_leave_out_its_limits_or_ask_for_parts_of_a_second(ground: Range) -> None:
    entry = {"name": "x", "expect": ["OK"], "source_base64": base64.b64encode(b"'@PORT@'").decode(), "limits": None}
    assert arm(entry, ground).source == f"'{ground.port}'".encode()
    assert arm({**entry, "limits": {"cpu_s": 0.5, "wall_s": 0.5}}, ground).limits.cpu_s == 1


def test_a_source_with_half_a_character_is_an_attack_like_any_other(ground: Range) -> None:
    entry = {"name": "half", "expect": ["SYNTAX_ERROR"], "source": "x = '\ud800'"}
    assert run_attack(arm(entry, ground), ground) == Result("half", "SYNTAX_ERROR", ())


def test_a_quiet_range_has_no_problems(ground: Range) -> None:
    assert ground.problems(QUIET) == []


@pytest.mark.parametrize("field", ["message", "log"])
def test_a_range_sees_a_canary(ground: Range, field: str) -> None:
    for said in (ground.canary, ground.canary[::-1], ground.canary.encode().hex()):
        assert ground.problems(replace(QUIET, **{field: f"x{said}x"})) == ["a canary came out"]
    assert ground.problems(replace(QUIET, **{field: ground.canary[:-1]})) == []


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_range_hears_a_packet(ground: Range, kind: socket.SocketKind) -> None:
    with socket.socket(type=kind) as out:
        out.connect(("127.0.0.1", ground.port))
        out.send(b"x")
        assert ground.problems(QUIET) == ["a packet came to the listener"]


def test_a_range_sees_a_file(ground: Range) -> None:
    made = ground.folder / "made"
    made.touch()
    assert ground.problems(QUIET) == ["a file was made"]
    made.unlink()


def test_a_range_sees_a_box_that_was_renewed(ground: Range) -> None:
    ground.box.renew()
    assert "the box did not survive" in ground.problems(QUIET)
    ground.begin()
    assert ground.problems(QUIET) == []
