"""A hosted model as a scikit-learn estimator. It needs numpy, pandas and scikit-learn, and nothing of the platform.

``HostedModel().predict(X)`` answers each row of a DataFrame by itself, whatever stands beside it: newest node first, a
leaf answers its group as its patch does, a pointer as an earlier version did, and the initial model whoever is left.
Columns may stand in any order and others beside them; a missing number is NaN, a missing text None or NaN.
"""

import base64
import importlib
import json
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

Stored = dict[str, Any]  # JSON
Array = NDArray[Any]
FAR = 1e30  # numbers beyond are cut to it before a model reads them
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


class Columns:
    """The columns that the model was made on, read once: numbers as they are, text as codes into its values."""

    def __init__(self, frame: pd.DataFrame, kinds: dict[str, str]) -> None:
        self.n = len(frame)
        self.frame = frame
        self.kinds = kinds
        self.numbers: dict[str, Array] = {}
        self.texts: dict[str, tuple[Array, list[str]]] = {}
        for name, kind in kinds.items():
            if name not in frame:
                raise ValueError(f"The column {name} is missing.")
            if kind == "number":
                self.numbers[name] = numbers_of(frame[name])
            else:
                codes, values = pd.factorize(frame[name])  # a missing text has code -1, and reads the last place
                self.texts[name] = codes, [str(value) for value in values]

    def fed(self, name: str) -> Array:
        """A column as ONNX files read it: missing text is the empty string."""
        if name in self.numbers:
            return self.numbers[name].astype(np.float64)[:, np.newaxis]
        codes, values = self.texts[name]
        return np.array([*values, ""], dtype=object)[codes][:, np.newaxis]

    def as_sent(self) -> pd.DataFrame:
        """The frame that functions sent as source were written for: text as categories."""
        columns: dict[str, Any] = {}
        for name in self.kinds:
            columns[name] = self.frame[name].to_numpy()
            if name in self.texts:
                codes, values = self.texts[name]
                words = [values[code] if code >= 0 else None for code in codes]
                columns[name] = pd.Categorical(words, categories=sorted(set(values)))
        return pd.DataFrame(columns)

    def look_up(self, name: str, of_value: Callable[[str], Any], of_missing: Any) -> Array:
        """One thing for each row, told by its text."""
        codes, values = self.texts[name]
        return np.array([*(of_value(value) for value in values), of_missing])[codes]


def numbers_of(values: "pd.Series") -> Array:
    """float64 with NaN; int64 where all are whole and none is missing, for beyond 2**53 a float tells none apart."""
    found = pd.to_numeric(values)
    if found.dtype.kind in "biu" and not found.hasnans:
        return found.to_numpy(dtype=np.int64)
    return found.to_numpy(dtype=np.float64, na_value=np.nan)


def group_of(tree: Stored, columns: Columns) -> Array:
    """The mask of a predicate. Two-valued: a test of a missing value is false, its negation by ``not`` true."""
    if "source" in tree:
        return group_of_source(tree["source"], columns)
    kind = tree["is"]
    if kind == "not":
        return ~group_of(tree["part"], columns)
    if kind in ("and", "or"):
        parts = [group_of(part, columns) for part in tree["parts"]]
        return np.asarray((np.logical_and if kind == "and" else np.logical_or).reduce(parts))
    if tree["column"] in columns.texts:
        return columns.look_up(tree["column"], lambda value: holds_text(tree, value), holds_text(tree, None))
    return holds_numbers(tree, columns.numbers[tree["column"]])


def holds_text(test: Stored, value: str | None) -> bool:
    if test["is"] == "missing":
        return (value is None) is not test["negated"]
    if value is None:
        return False
    if test["is"] == "in":
        return (value in test["values"]) is not test["negated"]
    return (value == test["value"]) is (test["operator"] == "==")


def holds_numbers(test: Stored, values: Array) -> Array:
    present = ~np.isnan(values)
    if test["is"] == "missing":
        return present if test["negated"] else ~present
    if test["is"] == "in":
        found: Array = (np.isin(values, listed(test["values"], values)) ^ test["negated"]) & present
        return found
    if test["is"] == "between":
        return np.asarray((values >= like(test["low"], values)) & (values <= like(test["high"], values)))
    return np.asarray(COMPARISONS[test["operator"]](values, like(test["value"], values))) & present


def like(value: float, values: Array) -> float:
    """A number to compare ``values`` with exactly: whole ones with a whole one, never by way of a float."""
    number = float(value)
    return int(number) if values.dtype == np.int64 and number.is_integer() else number


def listed(numbers: list[float], values: Array) -> Array:
    found = [like(number, values) for number in numbers]
    if values.dtype == np.int64:
        found = [number for number in found if isinstance(number, int) and -(2**63) <= number < 2**63]
    return np.array(found, dtype=values.dtype)


def matrix_of(fitted: Stored, columns: Columns) -> Array:
    """The columns as the fitted model reads them: text first, then numbers, then which numbers were missing."""
    blocks = [text_block(text, columns) for text in fitted["texts"]]
    if fitted["numbers"]:
        values = np.stack([columns.numbers[name] for name in fitted["numbers"]], axis=1)
        values = np.clip(np.where(np.isfinite(values), values, np.nan), -FAR, FAR)
        absent = np.isnan(values)
        block = np.hstack([np.where(absent, fitted["medians"], values), absent[:, fitted["indicators"]]])
        if fitted["center"] is not None:
            block = (block - fitted["center"]) / fitted["scale"]
        blocks.append(block)
    return np.hstack(blocks)


def text_block(text: Stored, columns: Columns) -> Array:
    places = columns.look_up(text["column"], lambda value: text["places"].get(value, text["unknown"]), text["missing"])
    if text["ordinal"]:
        return places[:, np.newaxis].astype(np.float64)
    return np.vstack([np.eye(text["width"]), np.zeros(text["width"])])[places]  # place -1 reads the zeros


def raw_of(fitted: Stored, columns: Columns) -> Array:
    """The raw values (n, outputs). Sums are taken one after another, as scikit-learn takes them, to the last bit."""
    if fitted["kind"] == "constant":
        return np.tile(np.array(fitted["raw"]), (columns.n, 1))
    matrix = matrix_of(fitted, columns)
    if fitted["kind"] == "linear":
        summed = [np.cumsum(matrix * np.array(row), axis=1)[:, -1] for row in fitted["coef"]]
        raw: Array = np.stack(summed, axis=1) + fitted["intercept"]
        return raw
    return sum_of_trees(fitted, matrix)


def sum_of_trees(fitted: Stored, matrix: Array) -> Array:
    feature, threshold = np.array(fitted["feature"]), np.array(fitted["threshold"])
    left, right, values = np.array(fitted["left"]), np.array(fitted["right"]), np.array(fitted["values"])
    sets = [place for place, held in enumerate(fitted["sets"]) if held is not None]
    if fitted["single"]:
        matrix = matrix.astype(np.float32).astype(np.float64)
    table = np.zeros((len(sets) + 1, 258), dtype=np.bool_)  # row 0 of no set; place 0 of a missing category
    row_of = np.zeros(len(feature), dtype=np.int64)
    for row, place in enumerate(sets, start=1):
        row_of[place] = row
        table[row, np.array(fitted["sets"][place], dtype=np.int64) + 1] = True
    total, rows = np.tile(np.array(fitted["base"]), (len(matrix), 1)), np.arange(len(matrix))
    for root, depth in zip(fitted["roots"], fitted["depths"], strict=True):
        at = np.full(len(matrix), root)
        for _ in range(depth):
            value, row = matrix[rows, feature[at]], row_of[at]
            goes_left = value <= threshold[at]
            if sets:
                category = np.where(row > 0, value, 0.0).astype(np.int64) + 1
                goes_left = np.where(row > 0, table[row, category], goes_left)
            at = np.where(goes_left, left[at], right[at])
        total += values[at]
    return np.asarray(total / fitted["divide"])


def answers_of(fitted: Stored, columns: Columns) -> Array:
    """The answers (n,): class numbers, real values or chances."""
    if columns.n == 0:
        return np.zeros(0)
    raw, then = raw_of(fitted, columns), fitted["then"]
    if then in ("value", "second"):
        found = raw[:, -1]
    elif then == "chance":
        with np.errstate(over="ignore"):  # far below 0 the chance is 0
            found = 1 / (1 + np.exp(-raw[:, 0]))
    elif then == "argmax":
        found = np.array(fitted["classes"])[np.argmax(raw, axis=1)]
    else:
        beyond = raw[:, 0] >= 0 if then == "from_zero" else raw[:, 0] > 0
        found = np.array(fitted["classes"])[beyond.astype(np.int64)]
    if "steps" in fitted:
        found = np.interp(found, fitted["steps"]["x"], fitted["steps"]["y"])
        return np.asarray(found >= 0.5, dtype=np.int64) if fitted["halved"] else found
    return found


def answers_of_file(file: str, columns: Columns) -> Array:
    """The answers of an ONNX patch. Needs onnxruntime."""
    runtime = importlib.import_module("onnxruntime")
    session = runtime.InferenceSession(base64.b64decode(file), providers=["CPUExecutionProvider"])
    fed = {put.name: columns.fed(put.name) for put in session.get_inputs()}
    return np.asarray(session.run(None, fed)[0])


def names_of(source: str) -> Stored:
    """What a source that was sent defines."""
    names: Stored = {"__name__": "submission"}
    exec(compile(source, "<submission>", "exec", dont_inherit=True), names)
    return names


def group_of_source(source: str, columns: Columns) -> Array:
    names, frame = names_of(source), columns.as_sent()
    if "group" in names:
        return np.asarray(names["group"](frame)).astype(np.bool_)
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return np.array([names["group_row"](row) for row in rows], dtype=np.bool_)


def codes_of(values: Any, labels: list[Any]) -> Array:
    """What a patch's ``predict`` returned, as class numbers: labels, their numbers, scores or chances."""
    found = np.asarray(values)
    if found.ndim == 2 and found.shape[1] > 1:
        return np.asarray(np.argmax(found, axis=1))
    found, texts = found.ravel(), all(isinstance(label, str) for label in labels)
    if found.dtype.kind == "f" and len(labels) == 2 and (texts or set(labels) == {0, 1}):
        return np.asarray(found > 0.5, dtype=np.int64)
    places = {**(dict(enumerate(range(len(labels)))) if texts else {}), **{v: i for i, v in enumerate(labels)}}
    return np.array([places[value] for value in found.tolist()], dtype=np.int64)


class HostedModel(BaseEstimator):
    """The hosted model; ``predict`` answers in the words of the labels.

    It is fitted as it is, but for patches that were sent as Python source: those are fitted again by ``fit``, with the
    public train rows and their labels, as the platform fitted them.
    """

    model: Stored = {}

    def __sklearn_is_fitted__(self) -> bool:
        return not self._sources() or hasattr(self, "refitted_")

    def _sources(self) -> list[int]:
        return [place for place, pair in enumerate(self.model["pairs"]) if pair["patch"]["kind"] == "source"]

    def fit(self, X: pd.DataFrame, y: Any = None) -> "HostedModel":
        """Refit what was sent as source, on the public train rows; without such patches there is nothing to do."""
        self.refitted_ = {}
        for place in self._sources():
            patch, rows = self.model["pairs"][place]["patch"], Columns(X, self.model["columns"]).as_sent()
            random.seed(patch["seed"])
            np.random.seed(patch["seed"] % 2**32)
            names = names_of(patch["source"])
            self.refitted_[place] = names["predict"], names["fit"](rows, pd.Series(np.asarray(y), name="label"))
        return self

    @property
    def classes_(self) -> Array:
        """The labels in the order of their numbers."""
        return np.array(self.model["labels"])

    def predict(self, X: pd.DataFrame) -> Array:
        """One answer a row (n,): a label, or a real value or chance."""
        found = self.codes(X)
        return self.classes_[found.astype(np.int64)] if self.model["labels"] else found.astype(np.float64)

    def codes(self, X: pd.DataFrame) -> Array:
        """The same, with classes by their number."""
        columns = Columns(X, self.model["columns"])
        masks = [group_of(pair["group"], columns) for pair in self.model["pairs"]]
        patches = [self._answers(place, columns) for place in range(len(self.model["pairs"]))]
        initial = answers_of(self.model["initial"], columns)
        known: dict[str, Array] = {}

        def version(number: str) -> Array:
            if number not in known:
                answers = initial
                for group, kind, of in self.model["lists"][number]:
                    mask = np.ones(columns.n, dtype=np.bool_) if group < 0 else masks[group]
                    answers = np.where(mask, patches[of] if kind == "patch" else version(str(of)), answers)
                known[number] = answers
            return known[number]

        return version(str(self.model["number"]))

    def _answers(self, place: int, columns: Columns) -> Array:
        patch = self.model["pairs"][place]["patch"]
        if patch["kind"] == "onnx":
            return answers_of_file(patch["file"], columns)
        if patch["kind"] != "source":
            return answers_of(patch, columns)
        if not hasattr(self, "refitted_"):
            raise NotFittedError("A patch was sent as Python source: call fit(X, y) with the public train rows.")
        predict, fitted = self.refitted_[place]
        found = predict(fitted, columns.as_sent())
        labels = self.model["labels"]
        return codes_of(found, labels) if labels else np.asarray(found, dtype=np.float64).ravel()


# the model follows here
MODEL: Stored = json.loads("{}")
