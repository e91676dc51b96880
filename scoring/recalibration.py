"""Everyone's model, recalibrated on a group: a monotone map from its scores to what came true there.

Isotonic regression (Zadrozny & Elkan 2002) of the group's labels on scores that a model gave to rows it had not seen.
A patch of few degrees of freedom: it mends a model that ranks the group's people rightly but draws the line wrongly.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sklearn.isotonic import IsotonicRegression

from scoring.free_text import FreeText
from scoring.losses import Task
from scoring.recipes import Recipe, Trained, build_recipe, train
from scoring.tables import Table
from scoring.types import Answers, Bools, Floats

FOLDS: Final = 2
TASKS: Final = frozenset({Task.BINARY, Task.PROBABILITY, Task.REGRESSION})
CLASSIFIER: Final = build_recipe("sklearn.ensemble.HistGradientBoostingClassifier")
REGRESSOR: Final = build_recipe("sklearn.ensemble.HistGradientBoostingRegressor")


@dataclass(frozen=True)
class Scores:
    """A model of all train rows, and the scores (n_train,) that models of the other folds gave to each of them."""

    trained: Trained
    unseen: Floats
    labels: Floats
    weights: Floats | None
    task: Task


@dataclass(frozen=True)
class Recalibrated:
    """Scores read through a group's monotone map; ``answers`` takes a table as training had it."""

    scores: Scores
    text: FreeText
    _map: Any

    def answers(self, table: Table) -> Answers:
        """The answers (n_rows,): classes where the mapped chance reaches one half, chances, or real values."""
        found = self.scores.trained.answers(self.text.spread(table))
        mapped = np.asarray(self._map.predict(found), dtype=np.float64) if len(found) else found
        return (mapped >= 0.5).astype(np.int32) if self.scores.task is Task.BINARY else mapped


def score_everyone(table: Table, labels: Answers, weights: Floats | None, *, task: Task, folds: Answers) -> Scores:
    """Score every train row by a model of the rows that are not of its fold (0 or 1)."""
    goals = labels.astype(np.float64)
    recipe: Recipe = REGRESSOR if task is Task.REGRESSION else CLASSIFIER
    of = Task.REGRESSION if task is Task.REGRESSION else Task.PROBABILITY
    unseen = np.empty(len(goals))
    for fold in range(FOLDS):
        seen, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        given = None if weights is None else weights[seen]
        unseen[held] = train(recipe, table.take(seen), goals[seen], task=of, weights=given).answers(table.take(held))
    return Scores(train(recipe, table, goals, task=of, weights=weights), unseen, goals, weights, task)


def recalibrate(scores: Scores, text: FreeText, group: Bools) -> Recalibrated:
    """The scores' monotone map on the train rows of ``group`` (n_train,)."""
    weights = None if scores.weights is None else scores.weights[group]
    fitted = IsotonicRegression(out_of_bounds="clip").fit(scores.unseen[group], scores.labels[group], weights)
    return Recalibrated(scores, text, fitted)
