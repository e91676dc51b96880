"""Alternating maximisation (arXiv 2201.10408, algorithm 6): a better patch for the group, a better group for the patch.

At one pair (g, h) both moves are tried: h fitted again on g's rows, g fitted again on the rows where the answers of
model and patch are not equally good. The move that gains more is made, and the search stops only when neither gains.
Gains are told by rows that neither was fitted on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.export.patch_file import of_trained
from scoring.hunters.coding import Coded, coded
from scoring.hunters.excess import CLASSIFIER, REGRESSOR, excess_of
from scoring.hunters.hunt import Found, Hunt
from scoring.hunters.tree import best_path, sureness
from scoring.hunters.trees import grow
from scoring.losses import Task
from scoring.predicates import Predicate, evaluate
from scoring.predicates.tree import disjunction
from scoring.recipes import Trained, train
from scoring.types import Answers, Bools

NAME: Final = "alternating"
MOVES: Final = 8  # at most
CHECKED: Final = 1 / 3  # of the learnt rows
LEAVES: Final = 12
SURE: Final = 1.5
LEAST_ROWS: Final = 40  # that a patch is fitted on


@dataclass(frozen=True)
class Pair:
    """A group and a patch fitted for it, with its mask and answers (n,) and its score on the rows that check."""

    group: Predicate
    trained: Trained
    mask: Bools
    answers: Answers
    value: float


def alternating(hunt: Hunt, rng: np.random.Generator) -> Iterator[Found]:
    """One pair from each start: the tree's groups, the surest first."""
    search = _Search(hunt, rng)
    left = search.fitted.copy()
    for _ in range(hunt.most):
        start = search.start(left)
        if start is None:
            return
        pair = search.climb(start)
        left &= ~(start.mask | pair.mask)
        if pair.value > 0:
            file = of_trained(pair.trained, hunt.table, hunt.n_classes)
            score = hunt.judge(pair.mask, pair.answers)
            yield Found(NAME, pair.group, score, pair.mask, pair.answers, file)


class _Search:
    """The rows that are fitted on, those that check, and the moves between pairs."""

    def __init__(self, hunt: Hunt, rng: np.random.Generator) -> None:
        self.hunt, self._rng = hunt, rng
        self.checking = ~hunt.judged & (rng.random(hunt.n) < CHECKED)
        self.fitted = ~hunt.judged & ~self.checking
        self._excess = excess_of(hunt, rng)
        self._features: Coded = coded(hunt.named, np.where(self.fitted, self._excess.loss, np.nan))

    def start(self, left: Bools) -> Pair | None:
        """The tree's best group among the rows ``left``, with a patch fitted on it."""
        path = best_path(self.hunt, self._features, self._excess, left, seed=self._seed())
        return None if path is None else self._with_patch(self._features.predicate(path))

    def climb(self, pair: Pair) -> Pair:
        """Moves as long as one of the two gains."""
        for _ in range(MOVES):
            moves = [self._with_patch(pair.group), self._with_group(pair)]
            best = max((move for move in moves if move is not None), key=lambda move: move.value, default=pair)
            if best.value <= pair.value:
                return pair
            pair = best
        return pair

    def _with_patch(self, group: Predicate) -> Pair | None:
        """The group with a patch fitted on its rows."""
        mask = evaluate(group, self.hunt.table)
        rows = np.flatnonzero(mask & self.fitted)
        if len(rows) < LEAST_ROWS:
            return None
        return self._pair(group, self._fit(rows), mask)

    def _with_group(self, pair: Pair) -> Pair | None:
        """The patch with the group of leaves where it surely gains: a tree on the difference of the two losses."""
        hunt = self.hunt
        gained = hunt.losses - hunt.sample.losses(pair.answers)
        rows = np.flatnonzero(self.fitted & (gained != 0))
        least = max(5, round(hunt.min_rows * len(rows) / hunt.n / 2))
        weights = hunt.weights[rows]
        matrix = self._features.matrix[rows]
        nodes = grow(matrix, gained[rows], weights=weights, min_rows=least, leaves=LEAVES, seed=self._seed())
        spread = float(np.std(gained[rows])) if len(rows) else 0.0
        kept = [node for node in nodes if node.is_leaf and sureness(node.rows, node.mean, spread) >= SURE]
        if not kept:
            return None
        group = Predicate(disjunction(tuple(self._features.predicate(node.path).root for node in kept)))
        mask = evaluate(group, hunt.table)
        return self._pair(group, pair.trained, mask) if hunt.takes(mask) else None

    def _pair(self, group: Predicate, trained: Trained, mask: Bools) -> Pair:
        answers = trained.answers(self.hunt.table)
        return Pair(group, trained, mask, answers, self.hunt.judge(mask, answers, self.checking).value)

    def _fit(self, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Trained:
        hunt = self.hunt
        weights = None if hunt.sample.weights is None else hunt.sample.weights[rows]
        recipe = REGRESSOR if hunt.task is Task.REGRESSION else CLASSIFIER
        table, labels = hunt.table.take(rows), hunt.sample.labels[rows]
        return train(recipe, table, labels, task=hunt.task, n_classes=hunt.n_classes, weights=weights)

    def _seed(self) -> int:
        return int(self._rng.integers(2**31))
