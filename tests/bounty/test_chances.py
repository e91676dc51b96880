"""Competitions whose answers are chances: what a bundle must say, and how labels, models and losses come out of it."""

from typing import Any

import numpy as np
import pytest

from bounty import arrays, public_data
from bounty.actions.import_bundle import import_bundle
from bounty.models import User
from tests.bounty.bundles import SmallBundle, real_bundle


def test_labels_are_1_on_the_positive_class_and_columns_are_chances(chances: SmallBundle, olga: User) -> None:
    competition = import_bundle(chances.folder, organiser=olga)
    public = public_data.load(competition)
    train = chances.frames["train"]
    assert (competition.classes, competition.positive_label) == ([0, 1], "1")
    assert public.sample.labels[:90].tolist() == train["defaulted"].astype(float).tolist()
    assert public.candidates["system_b"][:90].tolist() == train["system_b"].tolist()
    given = np.where(train["defaulted"] == 1, train["system_a"], 1 - train["system_a"])
    losses = public.sample.losses(arrays.load(competition.versions.get().public_answers))[:90]
    assert losses == pytest.approx(np.log(np.maximum(given, 0.01)) / np.log(0.01))


def test_the_chance_is_that_of_the_label_named_positive(chances: SmallBundle, olga: User) -> None:
    chances.manifest["positive_label"] = 0
    public = public_data.load(import_bundle(chances.write(), organiser=olga))
    assert public.sample.labels[:90].tolist() == (1.0 - chances.frames["train"]["defaulted"]).tolist()


def test_a_classifier_is_hosted_by_the_chances_that_it_gives(chances: SmallBundle, olga: User) -> None:
    chances.manifest["model"] = {"kind": "sklearn", "estimator": "sklearn.linear_model.LogisticRegression"}
    competition = import_bundle(chances.write(), organiser=olga)
    answers = arrays.load(competition.versions.get().hidden_answers)
    assert answers.dtype == np.float64
    assert 0 < answers.min() < answers.max() < 1


@pytest.mark.parametrize("loss", ["squared", "log_loss"])
def test_takes_the_proper_losses_and_no_other(chances: SmallBundle, loss: str) -> None:
    chances.manifest["loss"] = "absolute"
    assert chances.faults() == [("competition.yaml", "loss", 0, "LOSS_UNSUITED")]
    chances.manifest["loss"] = loss
    assert chances.faults() == []


@pytest.mark.parametrize(
    ("value", "code"), [(1.2, "CHANCE_OUT_OF_RANGE"), (-0.1, "CHANCE_OUT_OF_RANGE"), (np.nan, "PREDICTION_MISSING")]
)
def test_refuses_a_prediction_that_is_no_chance(chances: SmallBundle, value: float, code: str) -> None:
    chances.frames["sealed"].loc[3, "system_b"] = value
    assert chances.faults() == [("sealed.parquet", "system_b", 4, code)]


def test_refuses_predictions_that_are_words(chances: SmallBundle) -> None:
    for frame in chances.frames.values():
        frame["system_b"] = "likely"
    assert {(column, code) for _, column, _, code in chances.faults()} == {("system_b", "PREDICTION_TYPE")}


@pytest.mark.parametrize("estimator", ["sklearn.linear_model.Ridge", "sklearn.linear_model.RidgeClassifier"])
def test_refuses_a_model_that_gives_no_chances(chances: SmallBundle, estimator: str) -> None:
    chances.manifest["model"] = {"kind": "sklearn", "estimator": estimator}
    assert chances.faults() == [("competition.yaml", "model.estimator", 0, "RECIPE_REFUSED")]
    chances.manifest["model"]["estimator"] = "sklearn.naive_bayes.GaussianNB"
    assert chances.faults() == []


def test_refuses_chances_without_a_positive_label(chances: SmallBundle) -> None:
    del chances.manifest["positive_label"]
    assert chances.faults() == [("competition.yaml", "positive_label", 0, "KEY_MISSING")]


@pytest.mark.parametrize("loss", ["squared", "absolute"])
def test_an_error_as_large_as_the_organiser_says_is_wholly_wrong(real: SmallBundle, olga: User, loss: str) -> None:
    real.manifest |= {"loss": loss, "largest_error": 10.0}
    public = public_data.load(import_bundle(real.write(), organiser=olga))
    answers = public.sample.labels + np.resize([0.0, 5.0, -10.0, 99.0], public.sample.n)
    half = 0.25 if loss == "squared" else 0.5
    assert public.sample.losses(answers)[:4] == pytest.approx([0.0, half, 1.0, 1.0])


@pytest.mark.parametrize(("value", "code"), [(0.0, "VALUE_WRONG"), (-1.0, "VALUE_WRONG"), ("much", "VALUE_WRONG")])
def test_refuses_a_largest_error_that_is_none(real: SmallBundle, value: Any, code: str) -> None:
    real.manifest["largest_error"] = value
    assert real.faults() == [("competition.yaml", "largest_error", 0, code)]
    real.manifest["largest_error"] = 3
    assert real.faults() == []


def test_refuses_a_largest_error_where_answers_are_no_reals(small: SmallBundle, tmp_path: Any) -> None:
    small.manifest["largest_error"] = 1.0
    assert small.faults() == [("competition.yaml", "largest_error", 0, "KEY_UNSUITED")]
    other = real_bundle(tmp_path / "other")
    other.manifest["largest_error"] = 1.0
    assert other.faults() == []
