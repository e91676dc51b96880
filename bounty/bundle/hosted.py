"""Version 0 of the hosted model: its recipe, and its answers on public and on hidden rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bounty.bundle.manifest import PredictionsModel, SklearnModel
from bounty.bundle.reading import Bundle
from bounty.models import Competition, DataSplit
from bounty.samples import hosted_column_of, sample_of
from scoring.losses import Task
from scoring.recipes import build_recipe, train
from scoring.tables import encode
from scoring.types import Answers


@dataclass(frozen=True)
class Hosted:
    """What version 0 keeps: the recipe as JSON, answers on train then validation, and on the pooled hidden rows."""

    recipe: dict[str, Any]
    public: Answers
    hidden: Answers


def answer(bundle: Bundle, competition: Competition) -> Hosted:
    """Train the recipe on train and let it answer everywhere, or take the hosted column's answers."""
    public, hidden = _pool(bundle, DataSplit.PUBLIC), _pool(bundle, DataSplit.HIDDEN)
    model = bundle.draft.model
    if isinstance(model, PredictionsModel):
        recipe = {"kind": model.kind, "column": model.column, "candidates": model.candidates}
        return Hosted(recipe, hosted_column_of(competition, public), hosted_column_of(competition, hidden))
    assert isinstance(model, SklearnModel)  # a manifest without a model is not imported
    rows = bundle.frames[DataSplit.Name.TRAIN].rows
    sample = sample_of(competition, rows)
    built = build_recipe(model.estimator, model.params)
    trained = train(
        built,
        encode(rows, bundle.features),
        sample.labels,
        task=Task(competition.task),
        n_classes=len(competition.classes),
        weights=sample.weights if built.allowed.weighs else None,
    )
    return Hosted(
        {"kind": model.kind, **built.to_json()},
        _finite(trained.answers(encode(public, bundle.features))),
        _finite(trained.answers(encode(hidden, bundle.features))),
    )


def _pool(bundle: Bundle, splits: tuple[str, ...]) -> pd.DataFrame:
    return pd.concat([bundle.frames[split].rows for split in splits if split in bundle.frames], ignore_index=True)


def _finite(answers: Answers) -> Answers:
    assert np.isfinite(answers).all(), "a trained model answered with NaN or infinity"
    return answers
