"""Counting and predicting on stored arrays, against the tools that people use for it today."""

from functools import partial

import numpy as np
from fairlearn.metrics import MetricFrame
from sklearn.metrics import accuracy_score

from scoring import kernels
from scoring.decision_list import DecisionList, Leaf, ListPredictor
from scoring.masks import pack
from scoring.types import Answers, Bools
from tests.benchmarks.timing import Row, alternate

ROWS = 200_000
NODES = 49


def certificate_counts() -> Row:
    """One group's counts for a certificate from stored bits, and the same group's error by fairlearn."""
    rng = np.random.default_rng(0)
    y, model, patch = (rng.integers(0, 2, ROWS) for _ in range(3))
    mask = rng.random(ROWS) < 0.13
    planes = pack(mask), pack(model != y), pack(patch != y)
    ours, peer = alternate(
        partial(kernels.counts, *planes),
        lambda: MetricFrame(metrics=accuracy_score, y_true=y, y_pred=model, sensitive_features=mask).by_group,
        repeat_ours=1000,
        runs=5,
    )
    return Row("one group's certificate counts", f"{ROWS:,} rows", ours, "fairlearn MetricFrame", peer, 500)


def list_prediction() -> Row:
    """A list of 49 nodes over all rows, and the plain numpy loop."""
    rng = np.random.default_rng(1)
    masks: list[Bools] = [rng.random(ROWS) < rng.uniform(0.02, 0.3) for _ in range(NODES)]
    patches: list[Answers] = [rng.integers(0, 2, ROWS).astype(np.int32) for _ in range(NODES)]
    initial = rng.integers(0, 2, ROWS).astype(np.int32)
    packed = np.stack([pack(mask) for mask in masks])
    predictor = ListPredictor(DecisionList(tuple(Leaf(k, k) for k in range(NODES)), tuple(range(NODES + 1))))
    calls = [answers.__getitem__ for answers in patches]

    def plain() -> Answers:
        answers = initial
        for mask, patch in zip(masks, patches, strict=True):
            answers = np.where(mask, patch, answers)
        return answers

    ours = partial(predictor.predict, packed, initial.__getitem__, calls, ROWS)
    assert np.array_equal(ours(), plain())
    return Row(f"predict a {NODES}-node list", f"{ROWS:,} rows", *_with_peer(alternate(ours, plain), "plain numpy"), 1)


def _with_peer(times: tuple[float, float], peer: str) -> tuple[float, str, float]:
    return times[0], peer, times[1]
