"""What skl2onnx writes by itself is taken as it is, for each kind of task, fed in each way."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from scoring.sandbox import Box, SandboxVerdict, run_model_hidden
from scoring.tables import Table

NUMBERS = ["age", "income"]


@pytest.fixture(scope="session")
def frame(people: Table) -> pd.DataFrame:
    return people.to_frame()


def filled(frame: pd.DataFrame) -> np.ndarray:
    return frame[NUMBERS].to_numpy(np.float32)


def labels(frame: pd.DataFrame, classes: tuple[Any, ...]) -> np.ndarray:
    codes = np.digitize(frame["age"], [40, 65] if len(classes) == 3 else [64.5])
    return np.array(classes, dtype=object if isinstance(classes[0], str) else np.int64)[codes]


FILL = SimpleImputer(strategy="median")
CLASSIFIERS = {
    "logistic": LogisticRegression(max_iter=500),
    "forest": RandomForestClassifier(5, max_depth=4, random_state=0),
    "network": MLPClassifier((4,), max_iter=20, random_state=0),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("classes", [(0, 1), ("no", "yes"), ("child", "grown", "old"), (1, 2, 5)], ids=str)
@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_a_classifier_answers_as_it_does_in_python(
    box: Box, people: Table, frame: pd.DataFrame, kind: str, classes: tuple[Any, ...]
) -> None:
    model = make_pipeline(FILL, CLASSIFIERS[kind]).fit(filled(frame), labels(frame, classes).astype(type(classes[0])))
    run = run_model_hidden(box, to_onnx(model, filled(frame)[:1]).SerializeToString(), people, classes=classes, seed=1)
    assert run.verdict == SandboxVerdict.OK
    expected = [classes.index(label) for label in model.predict(filled(frame)).tolist()]
    assert np.mean(run.answers == np.array(expected)) > 0.99  # the file computes in 32 bits


@pytest.mark.parametrize("zipmap", [True, False, "columns"])
def test_its_probabilities_may_come_first(box: Box, people: Table, frame: pd.DataFrame, zipmap: object) -> None:
    model = make_pipeline(FILL, LogisticRegression(max_iter=500)).fit(filled(frame), labels(frame, (0, 1)))
    exported = to_onnx(model, filled(frame)[:1], options={"zipmap": zipmap})
    outputs = list(exported.graph.output)
    del exported.graph.output[:]
    exported.graph.output.extend(outputs[-1:])
    run = run_model_hidden(box, exported.SerializeToString(), people, classes=(0, 1), seed=1)
    assert run.verdict == SandboxVerdict.OK
    assert np.mean(run.answers == model.predict(filled(frame))) > 0.99


@pytest.mark.parametrize(
    "regressor", [make_pipeline(FILL, LinearRegression()), HistGradientBoostingRegressor(max_iter=9)]
)
def test_a_regressor_answers_with_real_values(box: Box, people: Table, frame: pd.DataFrame, regressor: Any) -> None:
    model = regressor.fit(filled(frame), frame["age"] * 2.0)
    run = run_model_hidden(box, to_onnx(model, filled(frame)[:1]).SerializeToString(), people, seed=1)
    assert run.verdict == SandboxVerdict.OK
    np.testing.assert_allclose(run.answers, model.predict(filled(frame)), rtol=1e-4)


def test_a_pipeline_with_one_input_for_each_column_is_fed_text_and_numbers(
    box: Box, people: Table, frame: pd.DataFrame
) -> None:
    known = frame.assign(sex=frame["sex"].astype(object).where(frame["sex"].notna(), ""))
    columns = make_column_transformer((FILL, NUMBERS), (OneHotEncoder(handle_unknown="ignore"), ["sex"]))
    wanted = ((known["sex"] == "F") & (known["age"] > 40)).map({True: "yes", False: "no"})
    model = make_pipeline(columns, LogisticRegression(max_iter=500)).fit(known, wanted)
    kinds = {"age": FloatTensorType, "income": FloatTensorType, "sex": StringTensorType}
    exported = to_onnx(model, initial_types=[(name, kind([None, 1])) for name, kind in kinds.items()])
    run = run_model_hidden(box, exported.SerializeToString(), people, classes=("no", "yes"), seed=1)
    assert run.verdict == SandboxVerdict.OK
    assert np.mean(run.answers == (model.predict(known) == "yes")) > 0.99
