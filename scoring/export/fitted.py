"""A fitted recipe as plain numbers: what a module and an ONNX graph are written from.

The form is one JSON object: ``texts``, ``numbers``, ``indicators``, ``center`` and ``scale`` make a matrix of the
columns, as the fixed preprocessing does; ``kind`` says what reads it (``trees``, ``linear`` or ``constant``) and
``then`` how its raw values become answers. What scikit-learn does to text is read off by asking it about each value.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from scoring.estimators import Encoding
from scoring.export.errors import EstimatorError, FreeTextError
from scoring.losses import Task
from scoring.patches import ModelPatch, Patch, RecalibratedPatch
from scoring.recalibration import Recalibrated
from scoring.recipes import Trained
from scoring.types import Floats

Fitted = dict[str, Any]  # plain JSON values
NOWHERE: Final = -1  # a value of text that has no column of the matrix, or no category number
_UNKNOWN: Final = -2.0  # the preprocessing's own numbers
_MISSING: Final = -1.0


def described(trained: Trained) -> Fitted:
    """The fitted recipe as plain numbers.

    Raises:
        EstimatorError: for nearest neighbours, which hold the rows they were trained on, and for naive Bayes.

    Example:
        >>> import pandas as pd
        >>> from scoring.recipes import build_recipe, train
        >>> from scoring.tables import encode
        >>> table = encode(pd.DataFrame({"age": [20, 30, 60, 70]}), ("age",))
        >>> recipe = build_recipe("sklearn.tree.DecisionTreeClassifier")
        >>> fitted = described(train(recipe, table, np.array([0, 0, 1, 1]), task=Task.BINARY, n_classes=2))
        >>> fitted["kind"], fitted["threshold"], fitted["then"]
        ('trees', [45.0, 0.0, 0.0], 'argmax')
    """
    model = trained._model
    for kinds, reader in _READERS:
        if isinstance(model, kinds):
            return _inputs(trained) | reader(model, trained)
    raise EstimatorError(f"A fitted {type(model).__name__} is not written out: choose another estimator.")


def patch_described(patch: Patch) -> Fitted:
    """A patch of the platform as plain numbers.

    Raises:
        FreeTextError: for a patch that reads free text.
        EstimatorError: for a route to a candidate column, and whatever `described` refuses.
    """
    if not isinstance(patch, ModelPatch | RecalibratedPatch):
        raise EstimatorError("A patch that answers as a candidate column does needs that column with every new row.")
    text = patch.text if isinstance(patch, ModelPatch) else patch.recalibrated.text
    if text.learnt:
        names = ", ".join(sorted(text.learnt))
        raise FreeTextError(f"A patch reads the free text of {names}, by words learnt from training rows.")
    return described(patch.trained) if isinstance(patch, ModelPatch) else _recalibrated(patch.recalibrated)


def _recalibrated(patch: Recalibrated) -> Fitted:
    isotonic = patch._map
    steps = {"x": isotonic.X_thresholds_.tolist(), "y": isotonic.y_thresholds_.tolist()}
    return described(patch.scores.trained) | {"steps": steps, "halved": patch.scores.task is Task.BINARY}


def _inputs(trained: Trained) -> Fitted:
    """How columns become the matrix, and the classes that its reader tells apart."""
    vocabulary, transformer = trained._vocabulary, trained._preprocessor
    names = [name for name, _ in vocabulary.columns]
    texts = [(names[place], vocabulary.columns[place][1] or {}) for place in vocabulary.places(text=True)]
    numbers = [names[place] for place in vocabulary.places(text=False)]
    steps = dict(transformer.named_transformers_)
    found: Fitted = {"texts": _texts(steps["text"], texts, trained), "numbers": numbers}
    found |= {"medians": [], "indicators": [], "center": None, "scale": None}
    if numbers:
        step = steps["numbers"]
        impute, scaler = (step, None) if not hasattr(step, "steps") else (step.steps[0][1], step.steps[1][1])
        found["medians"] = impute.statistics_.tolist()
        found["indicators"] = [] if impute.indicator_ is None else [int(i) for i in impute.indicator_.features_]
        if scaler is not None:
            found |= {"center": scaler.mean_.tolist(), "scale": scaler.scale_.tolist()}
    model = trained._model
    return found | {"classes": [int(code) for code in getattr(model, "classes_", [])]}


def _texts(step: Any, texts: Sequence[tuple[str, dict[str, int]]], trained: Trained) -> list[Fitted]:
    """For each text column the place of each value among its columns of the matrix, or its category's number."""
    ordinal = trained.recipe.allowed.encoding is Encoding.CATEGORIES
    found = []
    for at, (name, numbers) in enumerate(texts):
        codes = [*(float(number) for number in numbers.values()), _MISSING, _UNKNOWN]
        probe = np.full((len(codes), len(texts)), _UNKNOWN)
        probe[:, at] = codes
        places, width = (_categories if ordinal else _columns)(step, probe, at, trained)
        named = {value: place for value, place in zip(numbers, places, strict=False) if place != places[-1]}
        ends = {"missing": places[-2], "unknown": places[-1]}
        found.append({"column": name, "width": width, "ordinal": ordinal, "places": named, **ends})
    return found


def _columns(step: Any, probe: Floats, at: int, trained: Trained) -> tuple[list[int], int]:
    """One-hot: where the one stands; ``NOWHERE`` for a value that is ignored."""
    hot = step.transform(probe)
    dense = hot.toarray() if hasattr(hot, "toarray") else np.asarray(hot)
    widths = [len(names) for names in _names_of(step)]
    start = sum(widths[:at])
    block = dense[:, start : start + widths[at]]
    return [int(row.argmax()) if row.any() else NOWHERE for row in block], widths[at]


def _names_of(step: Any) -> list[list[str]]:
    """The names of each column's columns; a pooled one has one name."""
    names = step.get_feature_names_out([f"c{i}" for i in range(len(step.categories_))])
    return [[name for name in names if name.startswith(f"c{i}_")] for i in range(len(step.categories_))]


def _categories(step: Any, probe: Floats, at: int, trained: Trained) -> tuple[list[int], int]:
    """Histogram boosting: the category's number as its trees know it; ``NOWHERE`` for what it takes as missing."""
    encoded = np.asarray(step.transform(probe), dtype=np.float64)
    model = trained._model
    if isinstance(model, HistGradientBoostingClassifier | HistGradientBoostingRegressor):
        numbers = len(trained._vocabulary.places(text=False))
        whole = np.hstack([encoded, np.zeros((len(encoded), _width_of_numbers(trained, numbers)))])
        encoded = np.asarray(model._preprocess_X(whole, reset=False))
    return [NOWHERE if np.isnan(value) else int(value) for value in encoded[:, at]], 1


def _width_of_numbers(trained: Trained, numbers: int) -> int:
    impute = dict(trained._preprocessor.named_transformers_)["numbers"]
    return numbers + len(impute.indicator_.features_) if numbers and impute.indicator_ is not None else numbers


def _constant(model: Any, trained: Trained) -> Fitted:
    if isinstance(model, DummyRegressor):
        return {"kind": "constant", "raw": [float(np.ravel(model.constant_)[0])], "then": "value"}
    prior = np.atleast_1d(model.class_prior_)
    if trained._of_chances:
        chance = float(model.classes_[0]) if len(model.classes_) == 1 else float(prior[1])
        if model.strategy == "most_frequent" and len(model.classes_) > 1:
            chance = float(np.argmax(prior))
        return {"kind": "constant", "raw": [chance], "then": "value"}
    return {"kind": "constant", "raw": prior.tolist(), "then": "argmax"}


def _linear(model: Any, trained: Trained) -> Fitted:
    coefficients = np.atleast_2d(np.asarray(model.coef_, dtype=np.float64))
    intercept = np.broadcast_to(np.asarray(model.intercept_, dtype=np.float64), (len(coefficients),))
    found = {"kind": "linear", "coef": coefficients.tolist(), "intercept": intercept.tolist()}
    return found | {"then": _then(trained, len(coefficients), at_zero=False)}


def _then(trained: Trained, outputs: int, *, at_zero: bool) -> str:
    """How raw values become answers: of one output by its sign, or by the largest of several."""
    if trained.recipe.allowed.regression:
        return "value"
    if outputs > 1:
        return "argmax"
    if trained._of_chances:
        return "chance"
    return "from_zero" if at_zero else "above_zero"


def _tree(model: Any, trained: Trained) -> Fitted:
    return _forest([model.tree_], trained, divide=1.0)


def _random_forest(model: Any, trained: Trained) -> Fitted:
    return _forest([tree.tree_ for tree in model.estimators_], trained, divide=float(len(model.estimators_)))


def _forest(trees: Sequence[Any], trained: Trained, *, divide: float) -> Fitted:
    outputs = trees[0].value.shape[2]
    parts = [_plain_tree(tree, tree.value[:, 0, :]) for tree in trees]
    then = "value" if trained.recipe.allowed.regression else "second" if trained._of_chances else "argmax"
    return _joined(parts, base=[0.0] * outputs, single=True) | {"divide": divide, "then": then}


def _boosting(model: Any, trained: Trained) -> Fitted:
    stages, outputs = model.estimators_.shape
    base = model._raw_predict_init(np.zeros((1, model.n_features_in_)))[0]
    parts = []
    for stage in range(stages):
        for output in range(outputs):
            tree = model.estimators_[stage, output].tree_
            parts.append(_plain_tree(tree, _spread(model.learning_rate * tree.value[:, 0, 0], output, outputs)))
    found = _joined(parts, base=[float(value) for value in base], single=True)
    return found | {"divide": 1.0, "then": _then(trained, outputs, at_zero=True)}


def _histogram_boosting(model: Any, trained: Trained) -> Fitted:
    outputs = model.n_trees_per_iteration_
    base = np.broadcast_to(np.ravel(model._baseline_prediction), (outputs,))
    parts = [
        _histogram_tree(predictor, output, outputs)
        for stage in model._predictors
        for output, predictor in enumerate(stage)
    ]
    found = _joined(parts, base=[float(value) for value in base], single=False)
    return found | {"divide": 1.0, "then": _then(trained, outputs, at_zero=False)}


def _spread(values: Floats, output: int, outputs: int) -> Floats:
    """The tree's values in the column of its output; adding 0 to the others changes no bit."""
    found = np.zeros((len(values), outputs))
    found[:, output] = values
    return found


def _plain_tree(tree: Any, values: Floats) -> Fitted:
    leaf = tree.children_left < 0
    here = np.arange(len(leaf))
    return {
        "feature": np.where(leaf, 0, tree.feature),
        "threshold": np.where(leaf, 0.0, tree.threshold),
        "left": np.where(leaf, here, tree.children_left),
        "right": np.where(leaf, here, tree.children_right),
        "sets": [None] * len(leaf),
        "values": values,
        "depth": int(tree.max_depth),
    }


def _histogram_tree(predictor: Any, output: int, outputs: int) -> Fitted:
    nodes = predictor.nodes
    leaf, here = nodes["is_leaf"].astype(bool), np.arange(len(nodes))
    sets = [_set(predictor, node) if node["is_categorical"] and not node["is_leaf"] else None for node in nodes]
    # What a text column takes as missing is one more category; numbers have no missing values left.
    return {
        "feature": np.where(leaf, 0, nodes["feature_idx"].astype(np.int64)),
        "threshold": np.where(leaf, 0.0, np.clip(nodes["num_threshold"], -1e300, 1e300)),
        "left": np.where(leaf, here, nodes["left"].astype(np.int64)),
        "right": np.where(leaf, here, nodes["right"].astype(np.int64)),
        "sets": sets,
        "values": _spread(nodes["value"], output, outputs),
        "depth": int(nodes["depth"].max()),
    }


def _set(predictor: Any, node: Any) -> list[int]:
    """The categories that go left, with ``NOWHERE`` where missing ones do."""
    words = predictor.raw_left_cat_bitsets[node["bitset_idx"]]
    bits = [32 * word + bit for word, value in enumerate(words) for bit in range(32) if int(value) >> bit & 1]
    return [NOWHERE, *bits] if node["missing_go_to_left"] else bits


def _joined(trees: Sequence[Fitted], *, base: list[float], single: bool) -> Fitted:
    """All trees in one list of nodes; ``single`` says that they compare in float32."""
    starts = np.cumsum([0, *(len(tree["feature"]) for tree in trees)])[:-1]

    def joined(name: str, shift: bool = False) -> NDArray[Any]:
        return np.concatenate([tree[name] + (start if shift else 0) for tree, start in zip(trees, starts, strict=True)])

    found = {"kind": "trees", "base": base, "single": single, "roots": starts.tolist()}
    found |= {"depths": [tree["depth"] for tree in trees]}
    found |= {name: joined(name).tolist() for name in ("feature", "threshold")}
    found |= {name: joined(name, shift=True).tolist() for name in ("left", "right")}
    return found | {"sets": [held for tree in trees for held in tree["sets"]], "values": joined("values").tolist()}


_READERS: Final[tuple[tuple[Any, Callable[[Any, Trained], Fitted]], ...]] = (
    ((DummyClassifier, DummyRegressor), _constant),
    ((LogisticRegression, RidgeClassifier, LinearRegression, Ridge), _linear),
    ((DecisionTreeClassifier, DecisionTreeRegressor), _tree),
    ((RandomForestClassifier, RandomForestRegressor), _random_forest),
    ((GradientBoostingClassifier, GradientBoostingRegressor), _boosting),
    ((HistGradientBoostingClassifier, HistGradientBoostingRegressor), _histogram_boosting),
)
