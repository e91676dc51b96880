"""The command `bounty` before a live site: what it prints, what it ends with, and what the documentation says."""

import html
import io
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from bounty.logins import PASSWORD
from bounty_client.cli.endings import Ending, explain
from bounty_client.cli.main import app, main
from bounty_client.cli.printing import table
from bounty_client.problems import Problem, Refusal
from bounty_client.settings import credentials_file
from tests.client.arena import SLUG, Arena

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "templates/docs/client.html").read_text()
SOURCES = os.pathsep.join([str(ROOT / "client/src"), str(ROOT)])
WOMEN = ("--predicate", "sex = 'F' and age > 25", "--route", "system_b")


class Said(NamedTuple):
    """What a command printed, and what it ended with."""

    ending: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def run(live: Arena, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line as alice, who has accepted the rules."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("BOUNTY_URL", live.address)
    monkeypatch.setenv("BOUNTY_TOKEN", live.tokens["alice"])

    def runs(*arguments: object, read: str = "", stdin: io.StringIO | None = None) -> Said:
        monkeypatch.setattr(sys, "argv", ["bounty", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", stdin or io.StringIO(read))
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capfd.readouterr()
        return Said(int(ended.value.code or 0), printed.out, printed.err)

    runs("join", SLUG, "--accept", 1, "--team", "alice's")
    return runs


def test_a_login_is_kept_where_only_its_owner_may_read(run: Run, live: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOUNTY_TOKEN")
    assert run("quota").ending == Ending.USAGE
    assert run("submissions", SLUG).ending == Ending.NOT_SIGNED_IN
    assert run("login", "--username", "olga", "--password-stdin", read=PASSWORD).ending == Ending.OK
    assert stat.S_IMODE(credentials_file().stat().st_mode) == 0o600
    assert run("submissions", SLUG).ending == Ending.OK
    credentials_file().chmod(0o644)
    said = run("submissions", SLUG)
    assert (said.ending, "chmod 600" in said.err) == (Ending.NOT_SIGNED_IN, True)
    credentials_file().chmod(0o600)
    assert run("logout").ending == Ending.OK
    assert run("submissions", SLUG).ending == Ending.NOT_SIGNED_IN


def test_a_token_that_one_has_is_tried_before_it_is_kept(
    run: Run, live: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BOUNTY_TOKEN")
    assert run("login", "--token-stdin", read="no such token\n").ending == Ending.NOT_SIGNED_IN
    assert not credentials_file().exists()
    assert run("login", "--token-stdin", read=live.tokens["bob"]).ending == Ending.OK
    assert credentials_file().exists()


def test_rules_are_asked_about_only_where_the_answer_counts(
    run: Run, live: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOUNTY_TOKEN", live.tokens["charlie"])
    refused = run("join", SLUG, read="n\n")
    assert (refused.ending, "Do you accept these rules (version 1)?" in refused.err) == (Ending.NO, True)
    nobody_there = run("join", SLUG)
    assert (nobody_there.ending, "--accept 1" in nobody_there.err) == (Ending.USAGE, True)
    for token in ("", "no such token"):
        monkeypatch.setenv("BOUNTY_TOKEN", token)
        said = run("join", SLUG, read="y\n")
        assert (said.ending, "Do you accept" in said.err) == (Ending.NOT_SIGNED_IN, False)


def test_what_cannot_be_downloaded_leaves_no_folder(run: Run, tmp_path: Path) -> None:
    assert run("data", "nowhere", "--to", tmp_path / "rows").ending == Ending.REFUSED
    assert not (tmp_path / "rows").exists()
    assert run("data", SLUG, "--to", tmp_path / "rows").ending == Ending.OK
    assert (tmp_path / "rows").is_dir()


def test_what_cannot_be_written_is_a_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = run("data", SLUG, "--to", tmp_path / "file" / "rows")
    assert (said.ending, "Traceback" in said.err) == (Ending.NOTHING_RUN, False)
    assert str(tmp_path / "file") in said.err


def test_times_are_read_by_people_and_by_programs(run: Run) -> None:
    assert re.search(r"^opens at +\d{4}-\d\d-\d\d \d\d:\d\d UTC$", run("competitions", SLUG).out, re.MULTILINE)
    opened = run("competitions", SLUG, "--json").document["opens_at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", opened)


def test_data_comes_once_and_a_predicate_is_checked_on_it(run: Run, tmp_path: Path) -> None:
    kept = run("data", SLUG, "--to", tmp_path / "rows", "--json").document["files"]
    assert [Path(file).name for file in kept] == ["train.parquet", "validation.parquet", "competition.yaml"]
    good = run("check", "--predicate", "age > 30", "--data", tmp_path / "rows", "--json")
    assert (good.ending, good.document[0]["verdict"]) == (Ending.OK, "OK")
    bad = run("check", "--predicate", "agee > 30", "--data", tmp_path / "rows", "--json")
    assert (bad.ending, bad.document[0]["verdict"]) == (Ending.NO, "UNKNOWN_COLUMN")
    assert run("check", "--predicate", "age > 30", "--data", tmp_path / "none").ending == Ending.NOTHING_RUN


def test_the_model_is_asked_about_rows_as_they_were_downloaded(run: Run, tmp_path: Path) -> None:
    run("data", SLUG, "--to", tmp_path / "rows")
    file = tmp_path / "rows" / "validation.parquet"
    said = run("model", "predict", SLUG, file, "--json")
    assert (said.ending, len(said.document["predictions"])) == (Ending.OK, len(pd.read_parquet(file)))


@pytest.mark.sandbox
def test_a_file_is_checked_in_the_sandbox(run: Run, tmp_path: Path) -> None:
    run("data", SLUG, "--to", tmp_path / "rows")
    (tmp_path / "group.py").write_text("def group(X):\n    return X['age'] > 30\n")
    (tmp_path / "broken.py").write_text("def group(X):\n    return X['agee'] > 30\n")
    good = run("check", tmp_path / "group.py", "--data", tmp_path / "rows", "--json")
    assert (good.ending, good.document[0]["verdict"]) == (Ending.OK, "OK")
    bad = run("check", tmp_path / "broken.py", "--data", tmp_path / "rows", "--json")
    assert (bad.ending, bad.document[0]["verdict"]) == (Ending.NO, "RUNTIME_ERROR")


def test_a_submission_is_sent_and_waited_for(run: Run) -> None:
    said = run("submit", SLUG, *WOMEN, "--key", "women", "--json")
    assert said.document["is_final"]
    assert said.ending == (Ending.OK if said.document["status"] == "scored" else Ending.NO)
    again = run("submit", SLUG, *WOMEN, "--key", "women", "--json")
    assert again.document["id"] == said.document["id"]
    assert run("watch", said.document["id"], "--json").document["status"] == said.document["status"]
    nobody = run("submit", SLUG, "--predicate", "age > 200", "--route", "system_b", "--json")
    assert (nobody.ending, nobody.document["verdict"]["code"]) == (Ending.NO, "EMPTY_GROUP")
    listed = run("submissions", SLUG, "--json").document
    assert [row["id"] for row in listed][:2] == [nobody.document["id"], said.document["id"]]


def test_a_submission_is_taken_back(run: Run) -> None:
    failed = ("--predicate", "sex = 'F' and age < 40", "--route", "system_b")
    sent = run("submit", SLUG, *failed, "--json").document["id"]
    said = run("withdraw", sent, "--json")
    assert (said.ending, said.document["status"]) == (Ending.OK, "withdrawn")
    assert run("withdraw", sent).ending == Ending.REFUSED
    assert run("watch", sent).ending == Ending.NO


def test_whoever_stops_waiting_knows_the_number(run: Run) -> None:
    said = run("submit", SLUG, "--predicate", "age > 43", "--route", "system_b", "--timeout", 0)
    number = int(re.findall(r"bounty watch (\d+)", said.err)[0])
    assert run("watch", number, "--json").document["id"] == number


@pytest.mark.parametrize(
    "arguments",
    [
        ("competitions",),
        ("competitions", SLUG),
        ("data", SLUG, "--dictionary"),
        ("preview", SLUG, "--predicate", "age > 30"),
        ("quota", SLUG),
        ("board", SLUG),
        ("model", "show", SLUG),
        ("model", "show", SLUG, "--version", 0),
    ],
    ids=lambda arguments: " ".join(map(str, arguments)),
)
def test_what_people_read_is_a_document_for_programs(run: Run, arguments: tuple[object, ...]) -> None:
    people = run(*arguments)
    assert (people.ending, people.out[:1] in "[{") == (Ending.OK, False)
    programs = run(*arguments, "--json")
    assert (programs.ending, programs.err) == (Ending.OK, "")
    assert programs.document


def test_a_refusal_is_a_sentence_for_people_and_a_document_for_programs(run: Run) -> None:
    said = run("preview", SLUG, "--predicate", "agee > 30", "--json")
    assert (said.ending, said.document["code"]) == (Ending.REFUSED, "UNKNOWN_COLUMN")
    assert "docs/errors#UNKNOWN_COLUMN" in said.err
    assert "Traceback" not in said.err


def test_a_refusal_to_predict_names_the_command_to_use_instead(capfd: pytest.CaptureFixture[str]) -> None:
    numbers = {"competition": SLUG, "version": 3, "form": "module", "submission": 7}
    explain(Problem(Refusal(409, "PREDICT_NEEDS_CODE", "It needs Python.", numbers=numbers)))
    assert f"bounty model export {SLUG} --version 3 --form module" in capfd.readouterr().err
    explain(Problem(Refusal(409, "PREDICT_NEEDS_CODE", "It needs Python.", numbers={"submission": 7})))
    assert "bounty model export" not in capfd.readouterr().err


def test_a_table_does_not_wrap_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    rows = [(1, "short"), (2, 9 * "a long title ")]
    assert max(map(len, table(("number", "title"), rows))) > 100
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys, "stdout", Terminal())
    lines = table(("number", "title"), rows)
    assert [len(lines[2]), lines[1]] == [60, "1       short"]


def test_every_other_ending_is_met(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert run("submit", SLUG).ending == Ending.USAGE
    assert run("submit", SLUG, "--group", tmp_path / "none.py").ending == Ending.NOTHING_RUN
    sent = run("submit", SLUG, "--predicate", "age > 33", "--no-wait", "--json").document["id"]
    assert run("watch", sent, "--timeout", 0, "--json").ending in {Ending.TOO_LONG, Ending.OK, Ending.NO}
    monkeypatch.setenv("BOUNTY_URL", "http://127.0.0.1:9")
    assert run("board", SLUG).ending == Ending.NO_ANSWER
    monkeypatch.setenv("BOUNTY_URL", "127.0.0.1:9")
    said = run("board", SLUG)
    assert (said.ending, "begins with https://" in said.err) == (Ending.USAGE, True)


def test_ctrl_c_has_an_ending_of_its_own(run: Run) -> None:
    class Interrupted(io.StringIO):
        def readline(self, size: int | None = -1) -> str:
            raise KeyboardInterrupt

    said = run("login", "--username", "olga", "--password-stdin", stdin=Interrupted())
    assert (said.ending, "Traceback" in said.err) == (Ending.INTERRUPTED, False)


def test_help_loads_neither_http_nor_numbers() -> None:
    script = (
        "import sys; from bounty_client.cli.main import app; print(*sorted({n.partition('.')[0] for n in sys.modules}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": SOURCES},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "typer" in loaded
    assert {"httpx", "numpy", "pandas", "scoring", "rich"} & {*loaded} == set()


def _completed(words: str, **environment: str) -> list[str]:
    count = str(len(words.split()) - 1)
    asked = {"PYTHONPATH": SOURCES, "_BOUNTY_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": count}
    command = [sys.executable, "-m", "bounty_client.cli.main"]
    done = subprocess.run(command, env=os.environ | asked | environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.split()


def test_a_shell_completes_commands_and_the_names_of_competitions(live: Arena) -> None:
    assert _completed("bounty comp") == ["competitions"]
    assert _completed("bounty board sm", BOUNTY_URL=live.address, BOUNTY_TOKEN="") == [SLUG]
    assert _completed("bounty board sm", BOUNTY_URL="http://127.0.0.1:9", BOUNTY_TOKEN="") == []


def test_the_documentation_names_every_command_and_every_ending() -> None:
    commands = {f"bounty {one.name}" for one in app.registered_commands}
    for group in app.registered_groups:
        assert group.typer_instance is not None
        commands |= {f"bounty {group.name} {one.name}" for one in group.typer_instance.registered_commands}
    assert set(re.findall(r'<th scope="row"><code>(bounty [a-z ]+)</code>', PAGE)) == commands
    endings = re.findall(r'<th scope="row"><code>(\d+)</code></th><td>(.*?)</td>', PAGE)
    assert [(int(code), html.unescape(meaning)) for code, meaning in endings] == [(int(e), e.meaning) for e in Ending]


def test_the_bot_of_the_documentation_competes(live: Arena, tmp_path: Path) -> None:
    source = (ROOT / "templates/docs/_bot.txt").read_text()
    assert len(source.splitlines()) <= 40
    (tmp_path / "bot.py").write_text(source)
    environment = os.environ | {
        "PYTHONPATH": SOURCES,
        "BOUNTY_URL": live.address,
        "BOUNTY_TOKEN": live.tokens["bot"],
    }
    done = subprocess.run(
        [sys.executable, "bot.py", SLUG, "2"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 2
