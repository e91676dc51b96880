"""Recipes: a model described as data, an allow-listed scikit-learn estimator and its parameters.

Nothing fitted is ever stored. What is kept is the recipe, the rows it was trained on and its answers; training again
on the same rows gives the same answers.
"""

import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sklearn.dummy import DummyClassifier
from threadpoolctl import threadpool_limits

from scoring.errors import NotFiniteError, OutOfRangeError, ScoringError, WrongLengthError
from scoring.estimators import ESTIMATORS, Encoding, Estimator, Setting
from scoring.losses import Task, check_answers
from scoring.preprocessing import Vocabulary, preprocessor
from scoring.tables import Table
from scoring.types import Answers, Floats

VERSION: Final = 1  # of the preprocessing and of the stored form


class RecipeError(ScoringError):
    """A recipe that is not on the allow-list, or does not fit what it is to be trained on."""

    code = "RECIPE_REFUSED"


@dataclass(frozen=True)
class Recipe:
    """An allowed estimator by its full name, and its parameters as plain JSON values. Made by `build_recipe`."""

    estimator: str
    params: Mapping[str, Setting]

    @property
    def allowed(self) -> Estimator:
        """What the allow-list says of the estimator."""
        return ESTIMATORS[self.estimator]

    def to_json(self) -> dict[str, Any]:
        """The stored form: plain JSON values."""
        return {"version": VERSION, "estimator": self.estimator, "params": dict(sorted(self.params.items()))}

    @classmethod
    def from_json(cls, data: object) -> "Recipe":
        """The recipe stored as ``data`` (JSON already decoded), validated in full.

        Raises:
            RecipeError: for another version, or anything that `build_recipe` refuses.

        Example:
            >>> recipe = build_recipe("sklearn.linear_model.Ridge", {"alpha": 2.0})
            >>> Recipe.from_json(recipe.to_json()) == recipe
            True
        """
        if not isinstance(data, dict) or set(data) != {"version", "estimator", "params"} or data["version"] != VERSION:
            raise RecipeError(f"The stored recipe is not of version {VERSION}.")
        return build_recipe(data["estimator"], data["params"])

    def digest(self) -> str:
        """The sha256, in hexadecimal, of the stored form."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def build_recipe(estimator: object, params: object = None) -> Recipe:
    """The recipe of that estimator, named as it is imported, with those parameters.

    Raises:
        RecipeError: for an estimator or a parameter that is not on the allow-list, or a value outside its limits.

    Example:
        >>> build_recipe("sklearn.tree.DecisionTreeClassifier", {"max_depth": 3}).to_json()["params"]
        {'max_depth': 3, 'random_state': 0}
        >>> build_recipe("sklearn.tree.DecisionTreeClassifier", {"max_depth": 300})
        Traceback (most recent call last):
        scoring.recipes.RecipeError: The parameter max_depth must be null or a whole number from 1 to 50.
    """
    if not isinstance(estimator, str) or estimator not in ESTIMATORS:
        raise RecipeError(_unknown("estimator", estimator, list(ESTIMATORS)))
    allowed = ESTIMATORS[estimator]
    params = {} if params is None else params
    if not isinstance(params, Mapping):
        raise RecipeError("The parameters must be an object of names and values.")
    for name, value in params.items():
        if name not in allowed.params:
            raise RecipeError(_unknown("parameter", name, list(allowed.params)))
        if not allowed.params[name].takes(value):
            raise RecipeError(f"The parameter {name} must be {allowed.params[name]}.")
    return Recipe(estimator, dict(sorted({**allowed.defaults, **params}.items())))


def _unknown(noun: str, name: object, known: list[str]) -> str:
    close = difflib.get_close_matches(str(name)[:100], known, n=1, cutoff=0.4)
    hint = f"; did you mean {close[0]}?" if close else f"; choose one of {', '.join(known)}."
    return f"The {noun} {str(name)[:60]} is not on the allow-list{hint}"


@dataclass(frozen=True)
class Trained:
    """A fitted recipe; ``answers`` gives class indexes (int32), or real values or chances (float64), one a row."""

    recipe: Recipe
    _vocabulary: Vocabulary
    _preprocessor: Any
    _model: Any
    _of_chances: bool = False

    def answers(self, table: Table) -> Answers:
        """The answers (n_rows,) on a table with at least the columns of training, in any order.

        Raises:
            ScoringError: for a table that lacks a column, or holds another type under its name.
        """
        matrix = self._vocabulary.matrix(table)
        found = np.empty(0)
        if table.n_rows:  # scikit-learn refuses an empty matrix
            with threadpool_limits(1):
                found = self._predict(self._preprocessor.transform(matrix))
        is_real = self.recipe.allowed.regression or self._of_chances
        return found.astype(np.float64) if is_real else found.astype(np.int32)

    def _predict(self, matrix: Any) -> Any:
        if not self._of_chances:
            return self._model.predict(matrix)
        if len(self._model.classes_) == 1:  # trained on rows of one class
            return np.full(matrix.shape[0], float(self._model.classes_[0]))
        return np.clip(self._model.predict_proba(matrix)[:, 1], 0.0, 1.0)


def train(
    recipe: Recipe, table: Table, labels: Answers, *, task: Task, n_classes: int = 0, weights: Floats | None = None
) -> Trained:
    """Fit the recipe on every row of the table.

    ``labels`` (n_rows,) are class indexes below ``n_classes``, real values, or 0.0 and 1.0 where the answers are the
    chances of 1; ``weights`` (n_rows,) are above 0.
    The same input gives the same answers: the seed is part of the recipe, and one thread does all the sums.

    Raises:
        RecipeError: when the estimator does not fit the task, the rows or their weights.
        ScoringError: for labels of the wrong length, type or range.

    Example:
        >>> import pandas as pd
        >>> from scoring.tables import encode
        >>> table = encode(pd.DataFrame({"age": [20, 30, 60, 70]}), ("age",))
        >>> labels = np.array([0, 0, 1, 1], dtype=np.int32)
        >>> recipe = build_recipe("sklearn.tree.DecisionTreeClassifier")
        >>> train(recipe, table, labels, task=Task.BINARY, n_classes=2).answers(table).tolist()
        [0, 0, 1, 1]
    """
    _check(recipe, table, labels, task=task, n_classes=n_classes, weights=weights)
    of_chances = task is Task.PROBABILITY
    labels = labels.astype(np.int32) if of_chances else labels
    vocabulary = Vocabulary.of(table)
    transformer = preprocessor(vocabulary, recipe.allowed.encoding)
    # Only one thread: sums in another order differ in their last digits, and other work shares this machine.
    with threadpool_limits(1):
        matrix = transformer.fit_transform(vocabulary.matrix(table))
        model = _model(recipe, vocabulary, labels)
        try:
            model.fit(matrix, labels, **({} if weights is None else {"sample_weight": weights}))
        except ValueError as error:  # how scikit-learn says that these rows do not do for these parameters
            raise RecipeError(f"The estimator {recipe.estimator} cannot be trained on these rows: {error}") from error
    return Trained(recipe, vocabulary, transformer, model, of_chances)


def _model(recipe: Recipe, vocabulary: Vocabulary, labels: Answers) -> Any:
    allowed = recipe.allowed
    if not allowed.regression and labels.min() == labels.max():
        # Some estimators refuse a single class; the answer of all the others is this one.
        return DummyClassifier(strategy="most_frequent")
    categories = {}
    if allowed.encoding is Encoding.CATEGORIES:
        # The preprocessor puts the text columns first.
        categories = {"categorical_features": list(range(len(vocabulary.places(text=True))))}
    return allowed.build(**recipe.params, **categories)


def _check(
    recipe: Recipe, table: Table, labels: Answers, *, task: Task, n_classes: int, weights: Floats | None
) -> None:
    allowed = recipe.allowed
    if not allowed.does(task):
        raise RecipeError(f"The estimator {recipe.estimator} does not do {task.value.replace('_', ' ')}.")
    if table.n_rows == 0 or not table.columns:
        raise WrongLengthError("Training needs at least one row and one column.")
    _check_labels(labels, table.n_rows, task=task, n_classes=n_classes)
    neighbours = recipe.params.get("n_neighbors")
    if isinstance(neighbours, int) and neighbours > table.n_rows:
        raise RecipeError("There are fewer training rows than neighbours.")
    if weights is not None:
        if not allowed.weighs:
            raise RecipeError(f"The estimator {recipe.estimator} cannot weigh rows.")
        check_answers("weights", weights, table.n_rows, real=True)
        if not weights.min() > 0:
            raise NotFiniteError("Row weights must be above 0.")


def _check_labels(labels: Answers, n: int, *, task: Task, n_classes: int) -> None:
    check_answers("labels", labels, n, real=task in {Task.REGRESSION, Task.PROBABILITY})
    if task is Task.PROBABILITY and not np.isin(labels, (0.0, 1.0)).all():
        raise OutOfRangeError("Labels must be 0 or 1 where chances are asked for.")
    if task in {Task.BINARY, Task.MULTICLASS} and not (labels.min() >= 0 and labels.max() < n_classes):
        raise OutOfRangeError(f"Labels must be class indexes below {n_classes}.")
