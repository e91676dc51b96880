"""The cost-sensitive hunter: learn p: X -> {a class, ?}; the group is where p answers, the patch what it answers.

Theorem 20 of arXiv 2201.10408: an answer costs +1 where it is wrong and the model right, -1 where it is right and the
model wrong, and "?" nothing, so that the mean cost is minus the score. The costs of each answer are *regressed*, by a
tree an answer (a classifier on the costs is measurably worse); p answers where a leaf surely costs less than nothing.
A leaf is a predicate, so p is one too, and its answers are an ONNX file: the pair is sent exactly as it was learnt.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.export.patch_file import of_groups
from scoring.hunters.coding import Coded, Path, coded
from scoring.hunters.hunt import Found, Hunt
from scoring.hunters.tree import sureness
from scoring.hunters.trees import grow
from scoring.predicates import Predicate, evaluate
from scoring.predicates.tree import MAX_TESTS, disjunction, tests_of
from scoring.reductions import ternary_costs
from scoring.tables import Table
from scoring.types import Answers, Bools

NAME: Final = "csc"
LEAVES: Final = 24
SURE: Final = 2.5  # standard errors below 0 that a leaf's mean cost must lie by
LEAST_LEAF: Final = 0.4  # of the smallest group: leaves may be smaller than their union


@dataclass(frozen=True)
class Leaf:
    """Rows on which ``answer`` is cheaper than the model's: by ``saved`` a row, ``sure`` standard errors from 0."""

    group: Predicate
    answer: int
    saved: float
    sure: float


@dataclass(frozen=True)
class Ternary:
    """The ternary classifier p, as the leaves on which it answers."""

    leaves: tuple[Leaf, ...]
    n_classes: int

    @property
    def group(self) -> Predicate:
        """Where p answers."""
        return Predicate(disjunction(tuple(leaf.group.root for leaf in self.leaves)))

    def answers(self, table: Table) -> Answers:
        """What p answers (n_rows,): the class that saves most, the first of equal ones; outside the group, any."""
        scores = np.zeros((table.n_rows, self.n_classes))
        for leaf in self.leaves:
            scores[:, leaf.answer] += leaf.saved * evaluate(leaf.group, table)
        return np.asarray(np.argmax(scores, axis=1), dtype=np.int32)

    def file(self, table: Table) -> bytes:
        """The same as an ONNX patch."""
        scored = [(leaf.group, leaf.answer, leaf.saved) for leaf in self.leaves]
        return of_groups(scored, table, self.n_classes)


def cost_sensitive(hunt: Hunt, rng: np.random.Generator) -> Iterator[Found]:
    """The whole of p first, then each of its leaves that is a group by itself.

    Raises:
        WrongTypeError: where the loss is not 0/1.
    """
    found = learn(hunt, rng)
    parts = [Ternary((leaf,), hunt.n_classes) for leaf in found.leaves] if len(found.leaves) > 1 else []
    brought = 0
    for pair in [found, *parts]:
        if pair.leaves and brought < hunt.most and hunt.takes(mask := evaluate(pair.group, hunt.table)):
            brought += 1
            yield found_by(NAME, hunt, pair, mask)


def found_by(name: str, hunt: Hunt, pair: Ternary, mask: Bools) -> Found:
    """The pair as something found."""
    answers = pair.answers(hunt.table)
    return Found(name, pair.group, hunt.judge(mask, answers), mask, answers, pair.file(hunt.table))


def learn(hunt: Hunt, rng: np.random.Generator) -> Ternary:
    """p, learnt on the rows that do not judge; with no leaves where nothing is surely cheaper than the model."""
    rows = np.flatnonzero(~hunt.judged)
    costs = ternary_costs(hunt.sample.take(rows), hunt.answers[rows], hunt.n_classes)
    features = coded(hunt.named, _harms(hunt))
    least = max(5, round(LEAST_LEAF * hunt.min_rows * len(rows) / hunt.n))
    leaves: list[Leaf] = []
    for answer in range(hunt.n_classes):
        seed, spread = int(rng.integers(2**31)), float(np.std(costs[:, answer]))
        nodes = grow(
            features.matrix[rows],
            costs[:, answer],
            weights=hunt.weights[rows],
            min_rows=least,
            leaves=LEAVES,
            seed=seed,
        )
        for node in nodes:
            sure = float(sureness(node.rows, -node.mean, spread))
            if node.is_leaf and sure >= SURE:
                leaves.append(_leaf(features, node.path, answer, -node.mean, sure))
    return _within(hunt, sorted(leaves, key=lambda leaf: -leaf.sure))


def _harms(hunt: Hunt) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.where(hunt.judged, np.nan, hunt.losses)


def _leaf(features: Coded, path: Path, answer: int, saved: float, sure: float) -> Leaf:
    return Leaf(features.predicate(path), answer, saved, sure)


def _within(hunt: Hunt, leaves: list[Leaf]) -> Ternary:
    """The surest leaves that together stay within the largest weight and the longest predicate."""
    kept: list[Leaf] = []
    inside, weights, tests = np.zeros(hunt.n, dtype=np.bool_), hunt.weights, 0
    for leaf in leaves:
        grown = inside | evaluate(leaf.group, hunt.table)
        tests += len(list(tests_of(leaf.group.root)))
        if weights[grown].sum() <= hunt.max_weight * weights.sum() and tests <= MAX_TESTS // 2:
            kept.append(leaf)
            inside = grown
    return Ternary(tuple(kept), hunt.n_classes)
