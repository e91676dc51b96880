"""The naive reference: one row at a time, one fraction at a time, nothing vectorised and nothing cached.

Written from the definition of a pointer decision list and of monotone repair, and sharing no code with the library
beyond its node types.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from scoring.decision_list import DecisionList, Leaf, Node, Pointer
from scoring.losses import Sample
from scoring.types import Answers, Bools

Row = int
Losses = Callable[[Row, float], Fraction]


def answer(row: Row, pdl: DecisionList, initial: Answers, pairs: Sequence[tuple[Bools, Answers]]) -> float:
    """The newest version's answer on one row, by walking the list from its newest node."""
    position = len(pdl.nodes)
    while position > 0:
        node = pdl.nodes[position - 1]
        inside = True if node.group == -1 else bool(pairs[node.group][0][row])
        if not inside:
            position -= 1
        elif isinstance(node, Leaf):
            return pairs[node.patch][1][row].item()
        else:
            position = pdl.version_ends[node.version]
    return initial[row].item()


def answers(n: int, pdl: DecisionList, initial: Answers, pairs: Sequence[tuple[Bools, Answers]]) -> list[float]:
    return [answer(row, pdl, initial, pairs) for row in range(n)]


def counted_loss(sample: Sample) -> Losses:
    """0/1 loss of one answer on one row, times the row's weight."""

    def loss(row: Row, given: float) -> Fraction:
        weight = Fraction(1) if sample.weights is None else Fraction(sample.weights[row].item())
        return weight * int(given != sample.labels[row].item())

    return loss


class NaiveList:
    """A decision list on fixed rows, with the strict, certified and theorem rules spelled out."""

    def __init__(self, sample: Sample, initial: Answers) -> None:
        self.sample, self.initial = sample, initial
        self.loss = counted_loss(sample)
        self.pdl = DecisionList()
        self.pairs: list[tuple[Bools, Answers]] = []
        self.rows: Sequence[int] = range(sample.n)

    def loss_of(self, pdl: DecisionList, group: int) -> Fraction:
        inside = [row for row in self.rows if group == -1 or self.pairs[group][0][row]]
        return sum((self.loss(row, answer(row, pdl, self.initial, self.pairs)) for row in inside), Fraction(0))

    def merge(self, pair: tuple[Bools, Answers], mode: str, *, slack: int = 0, epsilon: str = "1") -> list[Node]:
        self.pairs.append(pair)
        nodes: list[Node] = [Leaf(len(self.pairs) - 1, len(self.pairs) - 1)]
        while (repair := self.find(nodes, mode, slack, epsilon)) is not None:
            nodes.append(repair)
        self.pdl = self.pdl.publish(nodes)
        return nodes

    def find(self, nodes: list[Node], mode: str, slack: int, epsilon: str) -> Pointer | None:
        head = self.pdl.publish(nodes)
        groups = [-1, *range(len(self.pairs))] if mode == "strict" else list(reversed(range(len(self.pairs))))
        for group in groups:
            now = self.loss_of(head, group)
            past = [self.loss_of(self.pdl.at(version), group) for version in range(self.pdl.head + 1)]
            if mode == "strict":
                best = past.index(min(past))
                if past[best] < now:
                    return Pointer(group, best)
                continue
            for version in reversed(range(len(past))):
                gain = now - past[version]
                enough = gain > slack if mode == "certified" else gain >= Fraction(epsilon) * 3 / 4 * self.sample.n
                if enough and gain > 0:
                    return Pointer(group, version)
        return None


def routed(pdl: DecisionList, initial: Answers, pairs: Sequence[tuple[Bools, Answers]]) -> np.ndarray:
    return np.array(answers(len(initial), pdl, initial, pairs), dtype=initial.dtype)
