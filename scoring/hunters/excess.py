"""Excess loss: what the hosted model loses on a row beyond what any model would.

Raw error finds noise: rows that nobody can predict. What is hunted is the error minus its irreducible part, min(p, 1 -
p) for two classes (ALGORITHMS 10), by a model that has not seen the row.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.free_text import learn_free_text
from scoring.hunters.hunt import Hunt
from scoring.losses import Task
from scoring.recipes import build_recipe, train
from scoring.tables import Table
from scoring.types import Answers, Bools, Codes, Floats

FOLDS: Final = 3
CLASSIFIER: Final = build_recipe("sklearn.ensemble.HistGradientBoostingClassifier", {"max_iter": 60})
REGRESSOR: Final = build_recipe("sklearn.ensemble.HistGradientBoostingRegressor", {"max_iter": 60})


@dataclass(frozen=True)
class Excess:
    """``loss`` (n,) each row's excess loss; ``answers`` (n,) those of the reference model, which has not seen it."""

    loss: Floats
    answers: Answers


def excess_of(hunt: Hunt, rng: np.random.Generator) -> Excess:
    """Learnt rows are told by models of the other folds, judging rows by a model of all learnt ones.

    Example:
        >>> import pandas as pd
        >>> from scoring.hunters.hunt import read
        >>> frame = pd.DataFrame({"age": np.arange(300) % 60, "model": 0})
        >>> frame["y"] = (frame["age"] > 30).astype(int)
        >>> told = {"features": ["age"], "label": "y", "answers": "model", "task": "binary_classification"}
        >>> dice = np.random.default_rng(0)
        >>> hunt = read(frame, **told, loss="zero_one", rng=dice)
        >>> bool(excess_of(hunt, dice).loss[frame["age"] > 35].mean() > 0.8)
        True
    """
    learnt = np.flatnonzero(~hunt.judged)
    table = learn_free_text(hunt.table.take(learnt)).spread(hunt.table)
    folds = _folds(hunt, rng)
    found = np.empty(hunt.n)
    for fold in np.unique(folds):
        asked = folds == fold
        taught = (folds != fold) & ~hunt.judged
        found[asked] = _reference(hunt, table, taught, asked)
    if hunt.task is not Task.BINARY:
        answers: Answers = found if hunt.is_real else found.astype(np.int32)
        return Excess(hunt.losses - hunt.sample.losses(answers), answers)
    return Excess(hunt.losses - np.minimum(found, 1 - found), (found >= 0.5).astype(np.int32))


def _folds(hunt: Hunt, rng: np.random.Generator) -> Codes:
    """A number a row: -1 where it judges, else its fold; a unit has one."""
    units = np.arange(hunt.n) if hunt.sample.units is None else hunt.sample.units
    _, numbers = np.unique(units, return_inverse=True)
    drawn = rng.permutation(int(numbers.max()) + 1)
    return np.where(hunt.judged, -1, drawn[numbers] % FOLDS).astype(np.int32)


def _reference(hunt: Hunt, table: Table, taught: Bools, asked: Bools) -> Floats:
    """The answers on the rows ``asked`` of a model of the rows ``taught``: chances of class 1 for two classes."""
    rows = np.flatnonzero(taught)
    task = Task.PROBABILITY if hunt.task is Task.BINARY else hunt.task
    is_real = task in {Task.PROBABILITY, Task.REGRESSION}
    chosen = hunt.sample.labels[rows]
    labels: Answers = chosen.astype(np.float64) if is_real else chosen.astype(np.int32)
    weights = None if hunt.sample.weights is None else hunt.sample.weights[rows]
    recipe = REGRESSOR if task is Task.REGRESSION else CLASSIFIER
    trained = train(recipe, table.take(rows), labels, task=task, n_classes=hunt.n_classes, weights=weights)
    return trained.answers(table.take(np.flatnonzero(asked))).astype(np.float64)
