"""An entrant's dry run, on what can be downloaded, against the server's own way: the same table, verdicts and words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.test import Client

from bounty import public_data
from bounty.actions.edit_competition import edit_competition
from bounty.actions.join_competition import join_competition
from bounty.bundle import frames
from bounty.models import Competition, Team, User
from scoring.sandbox.dry_run import Report, dry_run
from scoring.sandbox.encoding import values_of
from scoring.sandbox.public_files import _read_csv, read_public_rows
from scoring.tables import Column, TextColumn
from submissions.boxes import box
from submissions.models import Verdict
from tests.pages import signed_in
from tests.submissions.conftest import Send

PLANTED = "sex == 'Female' and age_band == '18-24'"
GOOD = b"def group(X):\n    return (X['sex'] == 'Female') & (X['age_band'] == '18-24')\n"
FIT = b"def fit(X, y):\n    return y.mode()[0]\n"
GROUPS = {
    "SCORED": GOOD,
    "SYNTAX_ERROR": b"def group(X:\n",
    "MISSING_FUNCTION": b"x = 1\n",
    "RUNTIME_ERROR": b"def group(X):\n    return X['no such column'] > 0\n",
    "EXITED": b"import os\nos._exit(3)\n",
    "CRASHED": b"import os\nos.abort()\n",
    "INVALID_OUTPUT": b"def group(X):\n    print('hello')\n    return [True]\n",
    "NOT_ROWWISE": b"def group(X):\n    return X.index % 5 == 0\n",
    "TIMEOUT": b"import time\ntime.sleep(60)\n",
    "CPU_LIMIT": b"while True: pass\n",
    "MEMORY_LIMIT": b"x = bytearray(1 << 40)\n",
    "OUTPUT_LIMIT": b"print('x' * 100_000)\n",
    "FORBIDDEN_SYSCALL": b"import os\nos.fork()\n",
}
PATCHES = {
    "SCORED": FIT + b"def predict(model, X):\n    return [model] * len(X)\n",
    "SYNTAX_ERROR": FIT + b"def predict(model, X:\n",
    "MISSING_FUNCTION": FIT,
    "RUNTIME_ERROR": FIT + b"def predict(model, X):\n    return 1 / 0\n",
    "INVALID_OUTPUT": FIT + b"def predict(model, X):\n    return ['perhaps'] * len(X)\n",
    "NOT_ROWWISE": FIT + b"def predict(model, X):\n    import pandas as pd\n"
    b"    return pd.Series(['repaid', 'defaulted'] * len(X))[:len(X)].to_numpy()\n",
}  # fmt: skip
LIMITS = {"group": {"cpu_s": 1}}
SHORT = {"group": {"wall_s": 2}}  # for what only waits: where others use the machine too, a second of it takes longer


@pytest.fixture
def lowered(competition: Competition, team: Team, olga: User, alice: User) -> Competition:
    """Limits that a test can afford to reach; the rules are new, and accepted."""
    edit_competition(competition, by=olga, limits=LIMITS)
    join_competition(competition, user=alice)
    return competition


def downloaded(client: Client, competition: Competition, form: str, folder: Path) -> Path:
    """The files of the data page, under the names that they come with."""
    for name in (f"train.{form}", f"validation.{form}", "competition.yaml"):
        answer = client.get(f"/competitions/{competition.slug}/data/{name}")
        assert answer.status_code == 200
        (folder / answer["Content-Disposition"].split('"')[1]).write_bytes(answer.content)
    return folder


def same(one: Column, other: Column) -> bool:
    kinds = [
        column.categories if isinstance(column, TextColumn) else values_of(column).dtype for column in (one, other)
    ]
    return kinds[0] == kinds[1] and np.array_equal(values_of(one), values_of(other), equal_nan=kinds[0] == np.float64)


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_downloaded_rows_are_the_server_s(form: str, lowered: Competition, alice: User, tmp_path: Path) -> None:
    public = read_public_rows(downloaded(signed_in(alice), lowered, form, tmp_path))
    expected = public_data.load(lowered)
    for mine, server in ((public.table, expected.table), (public.train, expected.train_table)):
        assert mine.names == server.names
        assert all(same(column, server[column.name]) for column in mine)
    assert same(public.labels, expected.labels)
    assert (public.n_classes, public.lowered) == (len(lowered.classes), LIMITS)


def test_a_bundle_s_folder_is_read_as_its_import_reads_it(
    competition: Competition, team: Team, lending_bundle: Path
) -> None:
    public, expected = read_public_rows(lending_bundle), public_data.load(competition)
    assert public.table.names == expected.table.names
    assert all(same(column, expected.table[column.name]) for column in public.table)


def test_a_csv_s_columns_are_told_apart_as_at_import(tmp_path: Path) -> None:
    cells = {
        "whole": ["1", "-2", "0"], "gaps": ["1", "", "NA"], "real": ["1.5", "2e3", "nan"], "code": ["0213", "1", "2"],
        "text": ["a", "", "NA"], "empty": ["", "", "NA"], "odd": ["1", "2", "x"], "id": ["1", "2", "3"],
    }  # fmt: skip
    file = tmp_path / "train.csv"
    pd.DataFrame(cells).to_csv(file, index=False)
    expected = frames.read("train.csv", file.read_bytes(), as_text=frozenset({"id"})).rows
    found = _read_csv(file, {"id": "id"})
    for name in cells:
        assert pd.api.types.is_numeric_dtype(found[name]) == pd.api.types.is_numeric_dtype(expected[name])
        assert found[name].isna().tolist() == expected[name].isna().tolist()
        assert found[name].dropna().tolist() == expected[name].dropna().tolist()


def words(report: Report) -> str:
    """What the server makes of the same run."""
    if not report.message:
        return report.sentence
    return f"{report.sentence} It said{f' (line {report.line})' if report.line else ''}: {report.message}"


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("kind", "code", "source"),
    [(kind, *found) for kind, sources in (("group", GROUPS), ("patch", PATCHES)) for found in sources.items()],
)
def test_the_dry_run_says_what_the_server_says(
    kind: str, code: str, source: bytes, judged: Send, lowered: Competition, alice: User, olga: User, tmp_path: Path
) -> None:
    if code == "TIMEOUT":
        edit_competition(lowered, by=olga, limits=SHORT)
        join_competition(lowered, user=alice)
    asked = {"group_kind": "python", "group_source": source} if kind == "group" else {
        "predicate": PLANTED, "patch_kind": "python", "patch_source": source
    }  # fmt: skip
    verdict = Verdict.objects.get(submission=judged(**asked))
    public = read_public_rows(downloaded(signed_in(alice), lowered, "parquet", tmp_path))
    reports = {report.part: report for report in dry_run(box(), source, public)}
    report = reports.get(kind) or reports["group"]  # a source that defines neither is run as a group
    assert verdict.code == code
    assert report.verdict == ("OK" if code == "SCORED" else code)
    assert report.log == verdict.log
    if code != "SCORED":
        assert words(report) == verdict.sentence
