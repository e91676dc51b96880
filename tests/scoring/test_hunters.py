"""Hunters find what was planted for them, find nothing in noise, and say the same again under the same seed."""

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest

from scoring.errors import OutOfRangeError, ScoringError, WrongTypeError
from scoring.hunters import STRATEGIES, Found, Hunt, find, read
from scoring.hunters.coding import coded
from scoring.predicates import evaluate, parse
from scoring.types import Answers
from tests.scoring.test_export import fed

PLANTED = parse("region == 'South' and age > 50")
Hunting = Callable[[str], list[Found]]
TOLD = {"features": ["age", "region", "sex", "income"], "label": "y", "answers": "model"}
BINARY = {"task": "binary_classification", "loss": "zero_one"}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Repayment follows income; the model knows that, and is wrong about the old in the South."""
    dice, n = np.random.default_rng(5), 4_000
    rows = pd.DataFrame(
        {
            "age": dice.integers(18, 80, n),
            "region": dice.choice(np.array(["North", "South", "East", None], dtype=object), n),
            "sex": dice.choice(["F", "M"], n),
            "income": np.where(dice.random(n) < 0.05, np.nan, dice.normal(40, 10, n)),
        }
    )
    good = rows["income"].fillna(30) > 38
    wrong = (rows["region"] == "South") & (rows["age"] > 50)
    truth = np.where(wrong, ~good, good)
    rows["y"] = np.where(truth ^ (dice.random(n) < 0.1), "good", "bad")
    rows["model"] = np.where(good, "good", "bad")
    return rows


@pytest.fixture(scope="module")
def hunt(frame: pd.DataFrame) -> Hunt:
    return read(frame, **TOLD, **BINARY, rng=np.random.default_rng(1), min_rows=100)


def run(hunt: Hunt, strategy: str, seed: int = 3) -> list[Found]:
    return list(find(hunt, strategy, np.random.default_rng(seed)))


@pytest.fixture(scope="module")
def found(hunt: Hunt) -> Hunting:
    """What a strategy finds, hunted once for all tests."""
    return cache(lambda strategy: run(hunt, strategy))


def overlap(hunt: Hunt, found: Found) -> float:
    planted = evaluate(PLANTED, hunt.table)
    return float((planted & found.mask).sum() / (planted | found.mask).sum())


@pytest.mark.parametrize(
    ("strategy", "least"), [("tree", 0.9), ("exhaustive", 0.75), ("csc", 0.6), ("alternating", 0.75)]
)
def test_finds_the_planted_group(strategy: str, least: float, hunt: Hunt, found: Hunting) -> None:
    best = found(strategy)[0]
    assert overlap(hunt, best) >= least
    assert best.score.value > 0.05
    assert (evaluate(best.group, hunt.table) == best.mask).all()
    assert parse(best.group.to_text()) == best.group


def test_rounds_improve_the_model_one_after_another(hunt: Hunt, found: Hunting) -> None:
    pairs = found("rounds")
    answers = hunt.answers
    for pair in pairs:
        answers = np.where(pair.mask, pair.answers, answers).astype(np.int32)
    before, after = hunt.losses[hunt.judged].mean(), hunt.sample.losses(answers)[hunt.judged].mean()
    assert pairs
    assert before - after == pytest.approx(sum(pair.score.value for pair in pairs))
    assert before - after > 0.05


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_same_seed_finds_the_same(strategy: str, hunt: Hunt, found: Hunting) -> None:
    first, again = found(strategy), run(hunt, strategy)
    assert [str(one) for one in first] == [str(one) for one in again]
    assert [one.onnx for one in first] == [one.onnx for one in again]


@pytest.mark.parametrize("strategy", ["csc", "alternating", "rounds"])
def test_a_patch_leaves_as_an_onnx_file_that_answers_as_it_did(
    strategy: str, found: Hunting, frame: pd.DataFrame
) -> None:
    best = found(strategy)[0]
    assert best.onnx is not None
    session = onnxruntime.InferenceSession(best.onnx)
    scores = np.asarray(session.run(None, fed(frame, best.onnx))[0])
    answers: Answers = np.argmax(scores, axis=1).astype(np.int32)
    assert (answers == best.answers)[best.mask].all()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_finds_next_to_nothing_in_noise(strategy: str, frame: pd.DataFrame) -> None:
    dice = np.random.default_rng(8)
    noise = frame.assign(y=np.where((frame["model"] == "good") ^ (dice.random(len(frame)) < 0.2), "good", "bad"))
    found = run(read(noise, **TOLD, **BINARY, rng=dice, min_rows=100), strategy)
    assert sum(one.score.value for one in found) < 0.01


@pytest.mark.parametrize("strategy", ["csc", "rounds"])
def test_costs_are_of_classes(strategy: str, frame: pd.DataFrame) -> None:
    real = frame.assign(y=frame["age"] * 1.0, model=40.0)
    told = TOLD | {"features": ["region", "sex", "income"]}
    hunt = read(real, **told, task="regression", loss="squared", rng=np.random.default_rng(0), value_range=(0.0, 100.0))
    with pytest.raises(WrongTypeError):
        run(hunt, strategy)
    assert isinstance(run(hunt, "tree"), list)


def test_groups_name_only_the_columns_that_they_may(frame: pd.DataFrame) -> None:
    hunt = read(frame, **TOLD, **BINARY, rng=np.random.default_rng(1), min_rows=100, columns=["region", "sex"])
    found = run(hunt, "exhaustive")
    assert found
    assert {name for one in found for name in one.group.columns()} <= {"region", "sex"}


def test_refuses_a_strategy_that_does_not_exist(hunt: Hunt) -> None:
    with pytest.raises(OutOfRangeError, match="exhaustive"):
        run(hunt, "luck")


def test_refuses_a_label_that_is_no_class(frame: pd.DataFrame) -> None:
    def made(model: str) -> Hunt:
        return read(frame.assign(model=model), **TOLD, **BINARY, rng=np.random.default_rng(0))

    with pytest.raises(ScoringError):
        made("perhaps")
    assert made("good").n == len(frame)


def test_a_leaf_and_its_predicate_are_the_same_rows(hunt: Hunt) -> None:
    features = coded(hunt.table, hunt.losses)
    for place, feature in enumerate(features.features):
        for edge in (-1, 0, 1, 3):
            for path in ({place: (-(1 << 15), edge)}, {place: (edge, 1 << 14)}, {place: (edge, edge + 2)}):
                if features.tests(path) and features.mask(path).any():
                    assert (evaluate(features.predicate(path), hunt.table) == features.mask(path)).all(), feature.column


def test_the_library_needs_nothing_beyond_arrays_and_scikit_learn() -> None:

    foreign = "{'django', 'onnx', 'onnxruntime', 'rapidfuzz', 'pydantic', 'bounty', 'submissions'}"
    asked = f"import sys; import scoring.hunters; print(sorted({foreign} & set(sys.modules)))"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True, cwd=root)
    assert done.stdout.strip() == "[]"
