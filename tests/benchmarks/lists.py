"""Decision lists: prediction on new rows, an accepted update with its repairs, Shapley permutations."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from scoring import kernels
from scoring.decision_list import DecisionList, Leaf, ListPredictor
from scoring.losses import Loss, Sample
from scoring.merge import ListState, Mode, merge
from scoring.predicates import CompiledPredicates, evaluate, parse, schema_of
from scoring.tables import Table, encode
from scoring.types import Answers
from tests.benchmarks.timing import Row, alternate, in_turn, timed

ROWS = 200_000
NODES = 49
PROTECTED = 50
SHAPLEY_S, UPDATE_S = 0.010, 0.005


def prediction() -> Iterator[Row]:
    """A list of 49 predicates and trees on new rows, and plain numpy: every g and h on all rows, np.where."""
    for rows, aim in ((ROWS, 2.0), (1_000, 1.0)):
        yield _prediction(rows, aim)


def _prediction(rows: int, aim: float) -> Row:
    rng = np.random.default_rng(1)
    table, X = _new_rows(rows, rng)
    initial, *trees = (_tree(seed) for seed in range(NODES + 1))
    predicates = [parse(text) for text in _groups(rng)]
    groups = CompiledPredicates(predicates, schema_of(table))
    predictor = ListPredictor(DecisionList(tuple(Leaf(k, k) for k in range(NODES)), tuple(range(NODES + 1))))
    calls = [partial(_answer, tree, X) for tree in (initial, *trees)]

    def ours() -> Answers:
        return predictor.predict(groups.masks(table), calls[0], calls[1:], rows)

    def plain() -> Answers:
        answers = initial.predict(X).astype(np.int32)
        for predicate, tree in zip(predicates, trees, strict=True):
            answers = np.where(evaluate(predicate, table), tree.predict(X).astype(np.int32), answers)
        return answers

    assert np.array_equal(ours(), plain())
    times = alternate(ours, plain, runs=7 if rows == ROWS else 31)
    return Row(
        f"predict a {NODES}-node list of predicates, trees",
        f"{rows:,} new rows",
        times[0],
        "plain numpy",
        times[1],
        aim,
    )


def _answer(tree: DecisionTreeClassifier, X: np.ndarray, rows: np.ndarray) -> Answers:
    if len(rows) == 0:
        return np.zeros(0, dtype=np.int32)
    return tree.predict(X[rows]).astype(np.int32)


def _new_rows(rows: int, rng: np.random.Generator) -> tuple[Table, np.ndarray]:
    numbers = rng.normal(size=(rows, 6)).astype(np.float32)
    frame = pd.DataFrame(numbers.astype(np.float64), columns=[f"x{i}" for i in range(6)])
    frame["sex"] = rng.choice(["F", "M"], rows)
    frame["region"] = rng.choice(["north", "south", "east", "west"], rows)
    return encode(frame, tuple(frame.columns)), numbers


def _tree(seed: int) -> DecisionTreeClassifier:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(2_000, 6)).astype(np.float32)
    return DecisionTreeClassifier(max_depth=6, random_state=0).fit(X, X[:, seed % 6] + rng.normal(size=2_000) > 0)


def _groups(rng: np.random.Generator) -> list[str]:
    """Of 2 to 50 % of the rows each."""
    forms = (
        "x{a} > {v:.2f} and sex == 'F'",
        "x{a} between {v:.2f} and {w:.2f} or region == 'north' and x{b} > {w:.2f}",
        "region in ('south', 'east') and not x{b} <= {v:.2f}",
    )
    drawn = ((rng.integers(6), rng.integers(6), rng.uniform(0.3, 1.5), rng.uniform(1.5, 2.5)) for _ in range(NODES))
    return [forms[k % 3].format(a=a, b=b, v=v, w=w) for k, (a, b, v, w) in enumerate(drawn)]


def accepted_update() -> Iterator[Row]:
    """A pair merged into a list that protects fifty groups: the leaf, the scan, its repairs, the new version."""
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 2, ROWS).astype(np.int32)
    sample = Sample(Loss.ZERO_ONE, labels)

    def answers(error: float) -> Answers:
        return np.where(rng.random(ROWS) < error, 1 - labels, labels).astype(np.int32)

    state = ListState.start(answers(0.3))
    for _ in range(PROTECTED):
        mask = rng.random(ROWS) < rng.uniform(0.02, 0.3)
        state = merge(state, mask, answers(0.25), sample=sample, mode=Mode.CERTIFIED).state
    pair = rng.random(ROWS) < 0.13, answers(0.25)
    repairs = len(merge(state, *pair, sample=sample, mode=Mode.CERTIFIED).repairs)
    (time,) = in_turn(timed(partial(merge, state, *pair, sample=sample, mode=Mode.CERTIFIED)), runs=25)
    what = f"accepted update, {PROTECTED} protected, {repairs} repairs"
    yield Row(what, f"{ROWS:,} rows", time, "the aim's 5 ms", UPDATE_S, 1)


def shapley() -> Iterator[Row]:
    """What fifty pairs take off in one drawn order."""
    rng = np.random.default_rng(3)
    planes = [kernels.words(np.packbits(rng.random((PROTECTED, ROWS)) < share, axis=1)) for share in (0.15, 0.3)]
    before = kernels.words(np.packbits(rng.random(ROWS) < 0.3))
    orders = iter([rng.permutation(PROTECTED).astype(np.int64) for _ in range(100)])
    kernels.additions(next(orders), *planes, before)
    (time,) = in_turn(timed(lambda: kernels.additions(next(orders), *planes, before)), runs=25)
    yield Row(f"Shapley, {PROTECTED} patches, a permutation", f"{ROWS:,} rows", time, "the aim's 10 ms", SHAPLEY_S, 1)
