"""Regression trees on codes: every node a path of intervals, and so a predicate."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeRegressor

from scoring.hunters.coding import WHOLE, Path
from scoring.types import Floats


@dataclass(frozen=True)
class TreeNode:
    """A node of a tree: who is in it, how many they were, and the mean of what was regressed on."""

    path: Path
    rows: int
    mean: float
    is_leaf: bool


def grow(
    matrix: NDArray[np.float32],
    values: Floats,
    *,
    weights: Floats | None = None,
    min_rows: int,
    leaves: int,
    seed: int,
) -> list[TreeNode]:
    """Every node but the root, of a tree of at most ``leaves`` leaves grown best first."""
    if len(values) < 2 * min_rows:
        return []
    model = DecisionTreeRegressor(min_samples_leaf=min_rows, max_leaf_nodes=max(2, leaves), random_state=seed)
    model.fit(matrix, values, sample_weight=weights)
    return list(_nodes(model.tree_, 0, {}))[1:]


def _nodes(tree: "DecisionTreeRegressor", at: int, path: Path) -> Iterator[TreeNode]:
    left, right = int(tree.children_left[at]), int(tree.children_right[at])
    yield TreeNode(path, int(tree.n_node_samples[at]), float(tree.value[at, 0, 0]), is_leaf=left < 0)
    if left < 0:
        return
    place, edge = int(tree.feature[at]), floor(tree.threshold[at])
    low, high = path.get(place, WHOLE)
    yield from _nodes(tree, left, {**path, place: (low, min(high, edge))})
    yield from _nodes(tree, right, {**path, place: (max(low, edge), high)})
