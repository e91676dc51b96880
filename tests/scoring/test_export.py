"""What leaves the house answers as the platform does: decisions to the last bit; `make exports` asks 100,000 rows."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
from skl2onnx import to_onnx
from sklearn.base import is_classifier, is_regressor
from sklearn.ensemble import HistGradientBoostingClassifier

from scoring import lending
from scoring.decision_list import EVERYONE, DecisionList, Leaf, Pointer, replay
from scoring.export.errors import EstimatorError, ExportError, PatchFileError, SourceError
from scoring.export.fitted import described, patch_described
from scoring.export.listed import ExportedPair, ExportedVersion, Model, Source, module, onnx_file
from scoring.losses import Loss, Sample, Task
from scoring.predicates import Predicate, evaluate, parse, schema_of
from scoring.recipes import build_recipe, train
from scoring.tables import Table, encode
from scoring.trainer import PublicRows, refit
from scoring.types import Answers
from tests.onnx_files import older_than

ROWS = int(os.environ.get("EXPORT_ROWS", "4000"))  # `make exports` asks for 100,000
SKLEARN = "sklearn."
CLASSIFIERS = {
    "tree.DecisionTreeClassifier": {"max_depth": 6},
    "ensemble.RandomForestClassifier": {"n_estimators": 5, "max_depth": 6},
    "ensemble.GradientBoostingClassifier": {"n_estimators": 6},
    "ensemble.HistGradientBoostingClassifier": {"max_iter": 6},
    "linear_model.LogisticRegression": {},
    "linear_model.RidgeClassifier": {},
    "dummy.DummyClassifier": {},
}
REGRESSORS = {
    "tree.DecisionTreeRegressor": {"max_depth": 6},
    "ensemble.RandomForestRegressor": {"n_estimators": 5, "max_depth": 6},
    "ensemble.GradientBoostingRegressor": {"n_estimators": 6},
    "ensemble.HistGradientBoostingRegressor": {"max_iter": 6},
    "linear_model.LinearRegression": {},
    "linear_model.Ridge": {},
    "dummy.DummyRegressor": {},
}


@pytest.fixture(scope="module")
def past() -> pd.DataFrame:
    """Rows to train on, with missing numbers and a rare value."""
    dice = np.random.default_rng(1)
    rows = lending.draw(3_000, dice)
    rows["income"] = rows["income"].where(dice.random(len(rows)) > 0.1)
    rows["region"] = rows["region"].where(dice.random(len(rows)) > 0.003, "Rare")
    return rows


@pytest.fixture(scope="module")
def new() -> pd.DataFrame:
    """Rows to answer: values never seen, missing text, infinity, numbers at the edges of float32."""
    dice = np.random.default_rng(2)
    rows = lending.draw(ROWS, dice)
    rows["region"] = rows["region"].where(dice.random(ROWS) > 0.02, "Never seen")
    rows["sex"] = rows["sex"].where(dice.random(ROWS) > 0.02)
    rows["income"] = rows["income"].where(dice.random(ROWS) > 0.1)
    for odd in (np.inf, -np.inf, 1e300, 1e-300, float(np.float32(0.3)) + 1e-9, 0.3, np.nan):
        rows.loc[dice.random(ROWS) < 0.01, "debt_to_income"] = odd
    return rows


def table_of(frame: pd.DataFrame) -> Table:
    return encode(frame, lending.FEATURES)


def labels_of(frame: pd.DataFrame) -> Answers:
    return np.asarray(frame["outcome"] == "repaid", dtype=np.int32)


def fed(frame: pd.DataFrame, file: bytes) -> dict[str, np.ndarray[Any, Any]]:
    """What the file's inputs are given, as the documentation has it."""
    wanted = onnx.load_model_from_string(file).graph.input
    texts = {put.name: put.type.tensor_type.elem_type == onnx.TensorProto.STRING for put in wanted}
    return {
        name: (frame[name].astype(object).where(frame[name].notna(), "") if text else frame[name].astype(float))
        .to_numpy()
        .reshape(-1, 1)
        for name, text in texts.items()
    }


def run(file: bytes, frame: pd.DataFrame) -> np.ndarray[Any, Any]:
    onnx.checker.check_model(onnx.load_model_from_string(file), full_check=True)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    parts = [frame.iloc[start : start + 20_000] for start in range(0, len(frame), 20_000)]
    return np.concatenate([np.asarray(session.run(None, fed(part, file))[0]) for part in parts])


def imported(text: str, folder: Path) -> ModuleType:
    path = folder / "exported.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("exported", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def version_of(
    past: pd.DataFrame, initial: Any, labels: list[Any], pairs: Any = (), pdl: Any = None
) -> ExportedVersion:
    kinds = {name: kind.value for name, kind in schema_of(table_of(past)).items()}
    pdl = pdl or DecisionList()
    lists = {number: pdl.at(number).nodes for number in range(pdl.head + 1)}
    return ExportedVersion('Lending, "version" 3', kinds, labels, initial, pairs, lists, pdl.head)


TASKS = (Task.BINARY, Task.MULTICLASS, Task.PROBABILITY)


@pytest.mark.parametrize(
    ("task", "name", "params"),
    [(t, n, p) for t in TASKS for n, p in CLASSIFIERS.items() if build_recipe(SKLEARN + n, p).allowed.does(t)],
)
def test_a_classifier_answers_as_it_did(
    task: Task, name: str, params: dict[str, Any], past: pd.DataFrame, new: pd.DataFrame, tmp_path: Path
) -> None:
    recipe = build_recipe(SKLEARN + name, params)
    labels = labels_of(past) + (past["age"] > 50).to_numpy(np.int32) * (task is Task.MULTICLASS)
    trained = train(
        recipe, table_of(past), labels.astype(float) if task is Task.PROBABILITY else labels, task=task, n_classes=3
    )
    few = new.head(2_000)
    answers = trained.answers(table_of(few))
    words = [] if task is Task.PROBABILITY else [0, 1, 2]
    version = version_of(past, described(trained), words)
    assert_equal(imported(module(version), tmp_path).HostedModel().predict(few), answers)
    assert_equal(run(onnx_file(version), few), answers)


@pytest.mark.parametrize(("name", "params"), REGRESSORS.items())
def test_a_regressor_answers_as_it_did(
    name: str, params: dict[str, Any], past: pd.DataFrame, new: pd.DataFrame, tmp_path: Path
) -> None:
    goals = past["bureau_score"].to_numpy(np.float64) / 7
    trained = train(build_recipe(SKLEARN + name, params), table_of(past), goals, task=Task.REGRESSION)
    few = new.head(2_000)
    answers = trained.answers(table_of(few))
    version = version_of(past, described(trained), [])
    assert_equal(imported(module(version), tmp_path).HostedModel().predict(few), answers)
    assert_equal(run(onnx_file(version), few), answers)


def constant_of(past: pd.DataFrame) -> Any:
    dummy = build_recipe("sklearn.dummy.DummyClassifier")
    return described(train(dummy, table_of(past), labels_of(past), task=Task.BINARY, n_classes=2))


def assert_equal(found: np.ndarray[Any, Any], answers: Answers) -> None:
    if answers.dtype == np.float64:
        np.testing.assert_allclose(found, answers, rtol=1e-9, atol=0)
    else:
        assert (found == answers).all()


GROUPS = (
    "sex == 'Female' and age_band == '18-24'",
    "not (sex == 'Female') or region not in ('South', 'Never seen')",
    "debt_to_income between 0.3 and 0.5 or income is missing",
    "debt_to_income != 0.3 and region != 'North' and not (debt_to_income > 0.30000001192)",
    "debt_to_income in (0.3, 0.31) or sex is missing or region is not missing and age not in (30, 31)",
)


@pytest.mark.parametrize("text", GROUPS)
def test_a_predicate_is_the_same_mask(text: str, past: pd.DataFrame, new: pd.DataFrame, tmp_path: Path) -> None:
    nobody = constant_of(past)
    other = {**nobody, "raw": nobody["raw"][::-1]}
    version = version_of(
        past, nobody, [0, 1], [ExportedPair("one", parse(text), other)], DecisionList((Leaf(0, 0),), (0, 1))
    )
    first = int(np.argmax(nobody["raw"]))
    expected = evaluate(parse(text), table_of(new)) != first
    assert 0 < expected.sum() < ROWS
    assert (imported(module(version), tmp_path).HostedModel().predict(new) == expected).all()
    assert (run(onnx_file(version), new) == expected).all()


@pytest.fixture(scope="module")
def merged(past: pd.DataFrame, new: pd.DataFrame) -> tuple[ExportedVersion, list[Answers]]:
    """Version 3 of a list with pointers, to a version and to everyone, and each version's answers on the new rows."""
    table, answered, labels = table_of(past), table_of(new), labels_of(past)
    initial = train(lending.HOSTED, table, labels, task=Task.BINARY, n_classes=2)
    rows = PublicRows(table, Sample(Loss.ZERO_ONE, labels), 2_000, Task.BINARY, n_classes=2)
    groups = [parse(text) for text in GROUPS[:3]]
    boosting = build_recipe(
        SKLEARN + "ensemble.HistGradientBoostingClassifier", {"max_iter": 20, "max_leaf_nodes": 8}
    ).to_json()
    stored = {"version": 2, "kind": "model", "trained_on": "group", "recipe": boosting}
    trained = refit(stored, rows, evaluate(groups[0], table))
    mended = refit({"version": 2, "kind": "recalibrated"}, rows, evaluate(groups[1], table))
    numbers = past.select_dtypes("number").fillna(0)
    theirs = HistGradientBoostingClassifier(max_iter=5).fit(numbers.to_numpy("float32"), past["outcome"])
    file = to_onnx(theirs, numbers.to_numpy("float32")[:1], target_opset={"": 15, "ai.onnx.ml": 3}).SerializeToString()
    session = onnxruntime.InferenceSession(file)
    with np.errstate(over="ignore"):
        given = new[list(numbers.columns)].to_numpy("float32")
    sent = np.asarray(session.run(None, {session.get_inputs()[0].name: given})[0] == "repaid", dtype=np.int32)
    pairs = [
        ExportedPair("submission 1", groups[0], patch_described(trained)),
        ExportedPair("submission 2", groups[1], patch_described(mended)),
        ExportedPair("submission 3", groups[2], Model(file)),
    ]
    nodes = (Leaf(0, 0), Leaf(1, 1), Pointer(0, 1), Leaf(2, 2), Pointer(EVERYONE, 2), Leaf(2, 2), Pointer(1, 0))
    pdl = DecisionList(nodes, (0, 1, 3, 7))
    answers = [trained.answers(answered), mended.answers(answered), sent]
    masks = [evaluate(group, answered) for group in groups]
    versions = replay(initial.answers(answered), list(zip(masks, answers, strict=True)), pdl)
    return version_of(past, described(initial), ["defaulted", "repaid"], pairs, pdl), versions


def test_a_version_is_equal_to_the_last_decision(
    merged: tuple[ExportedVersion, list[Answers]], new: pd.DataFrame, tmp_path: Path
) -> None:
    version, versions = merged
    expected = np.array(version.labels)[versions[-1]]
    assert (versions[-1] != versions[0]).sum() > ROWS / 100
    assert (imported(module(version), tmp_path).HostedModel().predict(new) == expected).all()
    assert (run(onnx_file(version), new) == expected).all()


def test_an_earlier_version_is_what_it_was(
    merged: tuple[ExportedVersion, list[Answers]], new: pd.DataFrame, tmp_path: Path
) -> None:
    version, versions = merged
    earlier = replace(version, title="version 2", pairs=version.pairs[:2], number=2)
    few, expected = new.head(5_000), np.array(version.labels)[versions[2][:5_000]]
    assert (imported(module(earlier), tmp_path).HostedModel().predict(few) == expected).all()
    assert (run(onnx_file(earlier), few) == expected).all()


def test_the_module_is_a_scikit_learn_classifier_that_imports_nothing_of_ours(
    merged: tuple[ExportedVersion, list[Answers]], new: pd.DataFrame, tmp_path: Path
) -> None:
    text = module(merged[0])
    model = imported(text, tmp_path).HostedModel()
    assert is_classifier(model)
    assert not is_regressor(model)
    assert model.fit(new).classes_.tolist() == ["defaulted", "repaid"]
    asked = (
        "import sys, exported; print([m for m in sys.modules if m.split('.')[0] in ('scoring', 'bounty', 'django')])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {asked}"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "[]"
    assert not any(word in text for word in ("import pickle", "joblib", "from scoring", "import scoring"))


FIT = "def fit(X, y):\n    return y.mode()[0], X['age'].median()\n"
PREDICT = "def predict(model, X):\n    return [model[0] if age > model[1] else 'defaulted' for age in X['age']]\n"
SOURCE = FIT + PREDICT


def test_source_leaves_as_source_and_is_fitted_again(past: pd.DataFrame, tmp_path: Path) -> None:
    constant = constant_of(past)
    group = Source("def group(X):\n    return X['sex'] == 'Male'\n")
    pair = ExportedPair("submission 7", group, Source(SOURCE, seed=5))
    version = version_of(past, constant, ["defaulted", "repaid"], [pair], DecisionList((Leaf(0, 0),), (0, 1)))
    model = imported(module(version), tmp_path).HostedModel()
    with pytest.raises(Exception, match="call fit"):
        model.predict(past)
    model.fit(past, past["outcome"])
    usual = past["outcome"].mode()[0]
    old = past["age"] > past["age"].median()
    expected = np.where(past["sex"] == "Male", np.where(old, usual, "defaulted"), usual)
    assert (model.predict(past) == expected).all()
    with pytest.raises(SourceError, match="group of submission 7"):
        onnx_file(version)
    kept = ExportedPair("submission 7", parse("sex == 'Male'"), constant)
    assert onnx_file(version_of(past, constant, ["defaulted", "repaid"], [kept], DecisionList((Leaf(0, 0),), (0, 1))))


def test_nearest_neighbours_do_not_leave(past: pd.DataFrame) -> None:
    def fitted(name: str) -> Any:
        return train(build_recipe(SKLEARN + name), table_of(past), labels_of(past), task=Task.BINARY, n_classes=2)

    with pytest.raises(EstimatorError, match="KNeighborsClassifier"):
        described(fitted("neighbors.KNeighborsClassifier"))
    assert described(fitted("tree.DecisionTreeClassifier"))["kind"] == "trees"


def _fixed() -> bytes:
    model = onnx.load_model_from_string(older_than(40))
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 8
    return bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("spoil", "said"), [(_fixed, "fixes its number of rows"), (lambda: b"\x00\x01", "cannot be read")]
)
def test_a_patch_file_that_cannot_be_joined_is_refused(
    spoil: Callable[[], bytes], said: str, past: pd.DataFrame
) -> None:
    constant = constant_of(past)

    def version(file: bytes) -> ExportedVersion:
        pair = ExportedPair("submission 9", parse("age > 20"), Model(file))
        return version_of(past, constant, [0, 1], [pair], DecisionList((Leaf(0, 0),), (0, 1)))

    with pytest.raises(PatchFileError, match=said):
        onnx_file(version(spoil()))
    assert (run(onnx_file(version(older_than(40))), past) == np.where(past["age"] > 20, past["age"] > 40, 1)).all()


def test_every_refusal_has_a_code_of_its_own() -> None:
    kinds = ExportError.__subclasses__()
    assert len({kind.code for kind in kinds} | {ExportError.code}) == len(kinds) + 1


def test_a_group_is_written_from_its_stored_form(past: pd.DataFrame) -> None:
    assert Predicate.from_json(parse(GROUPS[4]).to_json()) == parse(GROUPS[4])
