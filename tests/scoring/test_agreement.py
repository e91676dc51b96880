"""Figures that fairlearn and scikit-learn also give, on the same rows."""

import numpy as np
import pytest
from fairlearn import metrics as fairness
from sklearn import metrics

from scoring.harms import Harm, group_harm, overall_harm
from scoring.losses import Loss, Sample
from scoring.rewards import mean_loss

RNG = np.random.default_rng(2022)
N = 500
LABELS = RNG.integers(0, 2, N).astype(np.int32)
ANSWERS = np.where(RNG.random(N) < 0.3, 1 - LABELS, LABELS).astype(np.int32)
MASK = RNG.random(N) < 0.3
WEIGHTS = RNG.uniform(0.5, 4, N)
CHANCES = RNG.uniform(0.02, 0.98, N)
REALS, GUESSES = RNG.normal(size=N), RNG.normal(size=N)
RATES = {
    Harm.ERROR: metrics.zero_one_loss,
    Harm.FALSE_NEGATIVE_RATE: fairness.false_negative_rate,
    Harm.FALSE_POSITIVE_RATE: fairness.false_positive_rate,
    Harm.SELECTION_RATE: fairness.selection_rate,
}


@pytest.mark.parametrize("harm", list(RATES))
@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("of_chances", [False, True])
def test_rates_by_group_are_fairlearns(harm: Harm, weights: np.ndarray | None, of_chances: bool) -> None:
    sample, given = Sample(Loss.ZERO_ONE, LABELS, weights, positive=1), ANSWERS
    if of_chances:
        sample, given = Sample(Loss.LOG_LOSS, LABELS.astype(float), weights, positive=1), CHANCES
    chosen = (given >= 0.5).astype(int) if of_chances else given
    frame = fairness.MetricFrame(
        metrics=RATES[harm],
        y_true=LABELS,
        y_pred=chosen,
        sensitive_features=MASK,
        sample_params=None if weights is None else {"sample_weight": weights},
    )
    found = group_harm(sample, MASK, given, harm)
    assert found.group.estimate == pytest.approx(frame.by_group[True])
    assert found.rest.estimate == pytest.approx(frame.by_group[False])
    assert abs(found.difference.estimate) == pytest.approx(frame.difference())
    assert overall_harm(sample, given, harm).estimate == pytest.approx(frame.overall)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_mean_losses_are_scikit_learns(weights: np.ndarray | None) -> None:
    def mean(sample: Sample, answers: np.ndarray) -> float:
        return mean_loss(sample, sample.losses(answers))

    options = {"sample_weight": weights}
    labels = LABELS.astype(float)
    of_reals = {"weights": weights, "value_range": (0.0, 20.0)}
    assert mean(Sample(Loss.ZERO_ONE, LABELS, weights), ANSWERS) == pytest.approx(
        metrics.zero_one_loss(LABELS, ANSWERS, **options)
    )
    assert 400 * mean(Sample(Loss.SQUARED, REALS, **of_reals), GUESSES) == pytest.approx(
        metrics.mean_squared_error(REALS, GUESSES, **options)
    )
    assert 20 * mean(Sample(Loss.ABSOLUTE, REALS, **of_reals), GUESSES) == pytest.approx(
        metrics.mean_absolute_error(REALS, GUESSES, **options)
    )
    brier = Sample(Loss.SQUARED, labels, weights, positive=1, value_range=(0.0, 1.0))
    assert mean(brier, CHANCES) == pytest.approx(metrics.brier_score_loss(LABELS, CHANCES, **options))
    log_loss = Sample(Loss.LOG_LOSS, labels, weights, positive=1)
    assert np.log(100) * mean(log_loss, CHANCES) == pytest.approx(metrics.log_loss(LABELS, CHANCES, **options))


def test_multi_class_errors_are_scikit_learns() -> None:
    labels, answers = (RNG.integers(0, 5, N).astype(np.int32) for _ in range(2))
    sample = Sample(Loss.ZERO_ONE, labels)
    assert mean_loss(sample, sample.losses(answers)) == pytest.approx(metrics.zero_one_loss(labels, answers))


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_the_calibration_gap_is_that_of_fairlearns_mean_predictions(weights: np.ndarray | None) -> None:
    sample = Sample(Loss.LOG_LOSS, LABELS.astype(float), weights, positive=1)
    options = {"sample_weight": weights[MASK]} if weights is not None else {}
    predicted = fairness.mean_prediction(LABELS[MASK], CHANCES[MASK], **options)
    observed = fairness.mean_prediction(LABELS[MASK], LABELS[MASK], **options)
    found = group_harm(sample, MASK, CHANCES, Harm.CALIBRATION_GAP)
    assert found.group.estimate == pytest.approx(abs(predicted - observed))
