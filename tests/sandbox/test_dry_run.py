"""An entrant's dry run: the server's verdicts on the rows that anybody may have."""

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.sandbox import Box, SandboxVerdict
from scoring.sandbox.__main__ import main
from scoring.sandbox.dry_run import dry_run
from scoring.sandbox.public_files import read_public_rows
from tests.onnx_files import given, node, older_than, onnx_of

V = SandboxVerdict
TERMS = "task: binary_classification\nlabel: repaid\nid: row\nunit: person\ncolumns:\n  features: all\n"
GROUP = b"def group(X):\n    print(len(X))\n    return X['age'] > 64\n"
PATCH = b"def fit(X, y):\n    return y.mode()[0]\ndef predict(model, X):\n    return [model] * len(X)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ninety rows to train on and thirty to validate, as downloaded."""
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"row": range(120), "person": range(120), "age": rng.integers(17, 90, 120)})
    rows["region"], rows["repaid"] = "north", (rows["age"] > 40).astype(int)
    rows[:90].to_parquet(tmp_path / "train.parquet")
    rows[90:].to_csv(tmp_path / "validation.csv", index=False)
    (tmp_path / "competition.yaml").write_text(TERMS)
    return tmp_path


def test_label_id_and_unit_are_kept_back(folder: Path) -> None:
    public = read_public_rows(folder)
    assert public.table.names == ("age", "region")
    assert (public.table.n_rows, public.train.n_rows, len(public.labels.values)) == (120, 90, 90)


def test_a_group_is_run_aloud_and_then_on_two_views(box: Box, folder: Path) -> None:
    public = read_public_rows(folder)
    (report,) = dry_run(box, GROUP, public)
    ages = public.table["age"].values
    assert (report.part, report.verdict, report.log) == ("group", V.OK, "120\n")
    assert report.picked == (ages > 64).sum()


def test_what_only_two_views_can_see_is_seen(box: Box, folder: Path) -> None:
    (report,) = dry_run(
        box, b"def group(X):\n    return X['age'].rank(method='first') % 2 == 0\n", read_public_rows(folder)
    )
    assert report.verdict == V.NOT_ROWWISE


@pytest.mark.parametrize(
    ("source", "parts"),
    [(GROUP, ["group"]), (PATCH, ["patch"]), (GROUP + PATCH, ["group", "patch"]), (b"x = 1", ["group"])],
)
def test_the_source_says_by_its_names_what_it_is(box: Box, folder: Path, source: bytes, parts: list[str]) -> None:
    reports = dry_run(box, source, read_public_rows(folder))
    assert [report.part for report in reports] == parts
    assert all(report.verdict == V.OK for report in reports) == (source != b"x = 1")


def test_a_model_is_run_aloud_and_then_on_two_views(box: Box, folder: Path) -> None:
    public = read_public_rows(folder)
    (report,) = dry_run(box, older_than(40), public)
    assert (report.part, report.verdict, report.message) == ("patch", V.OK, "")


def test_a_model_whose_answers_are_no_labels_is_told(box: Box, folder: Path) -> None:
    (report,) = dry_run(box, onnx_of([node("Add", ["age", "age"])], output=given("y")), read_public_rows(folder))
    assert report.verdict == V.INVALID_OUTPUT
    assert "a label, or a probability from 0 to 1, is wanted" in report.message


CHANCES_PATCH = "def fit(X, y):\n    return 0\ndef predict(model, X):\n    return [{}] * len(X)\n"


def scaled(factor: float) -> bytes:
    """Answers the column age times a factor: a number."""
    return onnx_of([node("Mul", ["age", "factor"])], output=given("y"), constants={"factor": np.float32(factor)})


@pytest.mark.parametrize(
    ("chance", "percent"),
    [(CHANCES_PATCH.format("0.5").encode(), CHANCES_PATCH.format("50.0").encode()), (scaled(0.01), scaled(1.0))],
    ids=["python", "onnx"],
)
def test_where_chances_are_asked_for_other_numbers_are_refused(
    box: Box, folder: Path, chance: bytes, percent: bytes
) -> None:
    verdicts = {}
    for task in ("probability", "regression"):
        (folder / "competition.yaml").write_text(TERMS.replace("binary_classification", task))
        public = read_public_rows(folder)
        verdicts[task] = [dry_run(box, source, public)[0].verdict for source in (chance, percent)]
    assert verdicts == {"probability": [V.OK, V.NOT_CHANCES], "regression": [V.OK, V.OK]}


def test_another_kind_of_model_is_refused_as_the_server_does(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "model.pkl").write_bytes(pickle.dumps({"a": 1}))
    (folder / "model.onnx").write_bytes(older_than(40))
    assert main(["run", str(folder / "model.pkl"), "--data", str(folder)]) == 2
    assert capsys.readouterr().err.startswith("This is a pickle.")
    assert main(["run", str(folder / "model.onnx"), "--data", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("patch: OK.")


def test_a_patch_without_labels_is_told_what_is_missing(box: Box, folder: Path) -> None:
    (folder / "competition.yaml").unlink()
    with pytest.raises(ValueError, match="a patch needs labels"):
        dry_run(box, PATCH, read_public_rows(folder))


def test_a_folder_without_rows_is_told_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"neither train\.parquet nor train\.csv"):
        read_public_rows(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("competition.yaml", "label: repayed\n", "the label is repayed, and train has no such column"),
        (
            "competition.yaml",
            "columns:\n  features: [agee]\n",
            "names the feature agee, and the rows have no such column",
        ),
        ("competition.yaml", "columns: 3\n", "columns of competition.yaml must be keys and values"),
        ("competition.yaml", "- 1\n", "does not describe a competition"),
        ("competition.yaml", "a: [1\n", "cannot be read as YAML"),
        ("competition.yaml", "rules: {limits: {group: {cpu_s: 9}}}\n", "group.cpu_s must be from 1 to 8"),
        ("train.parquet", "row,age\n", "cannot be read"),
        ("validation.csv", "row,age\n", "has no rows"),
    ],
)
def test_a_folder_with_a_fault_is_told_which(folder: Path, name: str, text: str, sentence: str) -> None:
    assert read_public_rows(folder).table.n_rows == 120
    (folder / name).write_text(text)
    with pytest.raises(ValueError, match=sentence):
        read_public_rows(folder)


def test_no_folder_and_two_competitions_in_one_are_told(folder: Path) -> None:
    with pytest.raises(ValueError, match="nowhere is not there"):
        read_public_rows(folder / "nowhere")
    with pytest.raises(ValueError, match="is a file, not a folder"):
        read_public_rows(folder / "train.parquet")
    (folder / "train.parquet").rename(folder / "loans-train.parquet")
    assert read_public_rows(folder).train.n_rows == 90
    (folder / "homes-train.parquet").touch()
    with pytest.raises(ValueError, match="keep one competition in a folder"):
        read_public_rows(folder)


def test_a_failure_of_the_box_is_no_fault_of_the_source(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "group.py").write_bytes(GROUP)
    command = ["run", str(folder / "group.py"), "--data", str(folder)]
    assert main(command) == 0
    monkeypatch.setenv("PATH", "/nonexistent")
    assert main(command) == 2
    assert "apt-get install bubblewrap" in capsys.readouterr().err


def test_the_command_prints_the_verdict_and_its_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "group.py").write_text("def group(X):\n    return X['agee'] > 64\n")
    command = ["run", str(folder / "group.py"), "--data", str(folder)]
    assert main(command) == 1
    assert capsys.readouterr().out.splitlines() == [
        "group: RUNTIME_ERROR. The code raised an exception.",
        "  line 2: KeyError: 'agee'",
    ]
    assert main([*command, "--json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)
    assert (report["verdict"], report["owner"], report["line"]) == ("RUNTIME_ERROR", "entrant", 2)


def test_a_missing_file_is_told_in_one_sentence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(folder / "none.py"), "--data", str(folder)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
