"""The tree hunter: a regression tree on excess loss, its best node, and again on whoever is left (ALGORITHMS 5, 10)."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from scoring.hunters.coding import Coded, Path, coded
from scoring.hunters.excess import Excess, excess_of
from scoring.hunters.hunt import Found, Hunt
from scoring.hunters.trees import grow
from scoring.predicates import evaluate
from scoring.types import Bools, Floats

NAME: Final = "tree"
LEAVES: Final = 24
SURE: Final = 3.0  # standard errors from 0 that a group's mean excess must reach


def tree(hunt: Hunt, rng: np.random.Generator) -> Iterator[Found]:
    """Groups where the model loses more than it must, the surest first; the platform trains their patches."""
    excess = excess_of(hunt, rng)
    features = coded(hunt.named, np.where(hunt.judged, np.nan, excess.loss))
    left = ~hunt.judged
    for _ in range(hunt.most):
        path = best_path(hunt, features, excess, left, seed=int(rng.integers(2**31)))
        if path is None:
            return
        group = features.predicate(path)
        mask = evaluate(group, hunt.table)
        left = left & ~mask
        yield Found(NAME, group, hunt.judge(mask, excess.answers), mask, excess.answers)


def best_path(hunt: Hunt, features: Coded, excess: Excess, left: Bools, *, seed: int) -> Path | None:
    """The node of a tree on the rows ``left`` whose mean excess is the most standard errors above 0; None if not sure.

    Its tests are then dropped one by one as long as that makes it no less sure: a tree splits before it knows why.
    """
    rows = np.flatnonzero(left)
    spread = float(np.std(excess.loss[rows])) if len(rows) else 0.0
    least = max(2, round(hunt.min_rows * (~hunt.judged).mean()))
    weights = hunt.weights[rows]
    nodes = grow(features.matrix[rows], excess.loss[rows], weights=weights, min_rows=least, leaves=LEAVES, seed=seed)
    for node in sorted(nodes, key=lambda node: -sureness(node.rows, node.mean, spread)):
        if sureness(node.rows, node.mean, spread) < SURE:
            return None
        path = _shortened(features, node.path, excess.loss, left, spread)
        if features.tests(path) and hunt.takes(features.mask(path)):
            return path
    return None


def sureness(rows: Floats | int, mean: Floats | float, spread: float) -> Floats:
    """By how many standard errors a mean excess lies above 0."""
    return np.asarray(mean * np.sqrt(rows) / max(spread, 1e-12))


def _shortened(features: Coded, path: Path, loss: Floats, left: Bools, spread: float) -> Path:
    def sure(path: Path) -> float:
        inside = features.mask(path) & left
        return float(sureness(inside.sum(), loss[inside].mean(), spread)) if inside.any() else -np.inf

    best = sure(path)
    while len(path) > 1:
        shorter = [{kept: path[kept] for kept in path if kept != dropped} for dropped in path]
        found = max(shorter, key=sure)
        if sure(found) < best:
            break
        path, best = found, sure(found)
    return path
