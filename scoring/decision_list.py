"""Pointer decision lists (arXiv 2201.10408, algorithm 4): data, and the ways to read answers off them.

Newest node first: a leaf answers its group with a patch, a pointer answers its group as a published version did, and
the initial model answers whoever is left. On fixed rows that is ``apply_leaf`` and ``apply_pointer``; on new rows
``ListPredictor`` sends each row to the one leaf that answers it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring import kernels
from scoring.errors import OutOfRangeError, WrongLengthError, WrongTypeError
from scoring.masks import check_mask
from scoring.types import Answers, Bools

EVERYONE: Final = -1  # as a pointer's group: the whole population
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Leaf:
    """Where merged pair ``group`` has its mask, answer as the patch of pair ``patch``."""

    group: int
    patch: int


@dataclass(frozen=True)
class Pointer:
    """Where merged pair ``group`` has its mask (``EVERYONE``: everywhere), answer as published ``version`` did."""

    group: int
    version: int


Node = Leaf | Pointer


@dataclass(frozen=True)
class DecisionList:
    """``nodes`` oldest first; ``version_ends`` the number of nodes at each published version, 0 for version 0.

    Raises:
        OutOfRangeError: for ends that fall or leave nodes over, or a pointer to a version not published before it.

    Example:
        >>> pdl = DecisionList((Leaf(0, 0), Leaf(1, 1), Pointer(0, 1)), (0, 1, 3))
        >>> pdl.head, pdl.at(1).nodes
        (2, (Leaf(group=0, patch=0),))
    """

    nodes: tuple[Node, ...] = ()
    version_ends: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        ends = self.version_ends
        if not ends or ends[0] != 0 or ends[-1] != len(self.nodes) or list(ends) != sorted(ends):
            raise OutOfRangeError("The ends of the versions must rise from 0 to the number of nodes.")
        for position, node in enumerate(self.nodes):
            if isinstance(node, Pointer) and not (0 <= node.version < len(ends) and ends[node.version] <= position):
                raise OutOfRangeError(f"Node {position} points to a version that was not published before it.")
            if node.group < 0 and not (isinstance(node, Pointer) and node.group == EVERYONE):
                raise OutOfRangeError(f"Node {position} names no group.")

    @property
    def head(self) -> int:
        """The number of the newest published version."""
        return len(self.version_ends) - 1

    def publish(self, nodes: Sequence[Node]) -> "DecisionList":
        """The list with ``nodes`` prepended (in the order given) and a new version published after them."""
        return DecisionList((*self.nodes, *nodes), (*self.version_ends, len(self.nodes) + len(nodes)))

    def at(self, version: int) -> "DecisionList":
        """The list as it was when ``version`` was published."""
        ends = self.version_ends[: version + 1]
        return DecisionList(self.nodes[: ends[-1]], ends)


def apply_leaf(answers: Answers, mask: Bools, patch_answers: Answers) -> Answers:
    """ListUpdate on fixed rows: the patch's answers in the group, the old ones elsewhere. All arrays (n,).

    Raises:
        ScoringError: when lengths or dtypes differ; class indexes and real values do not mix.

    Example:
        >>> apply_leaf(np.array([0, 0]), np.array([True, False]), np.array([1, 1])).tolist()
        [1, 0]
    """
    check_mask(mask, len(answers))
    if patch_answers.shape != answers.shape:
        raise WrongLengthError(f"Answers must have one entry for each of the {len(answers)} rows.")
    if patch_answers.dtype != answers.dtype:
        raise WrongTypeError(f"Answers must be {answers.dtype} like the model's, not {patch_answers.dtype}.")
    return np.where(mask, patch_answers, answers)


def apply_pointer(answers: Answers, mask: Bools, version_answers: Answers) -> Answers:
    """A repair on fixed rows: in the group, the answers of the published version. All arrays (n,)."""
    return apply_leaf(answers, mask, version_answers)


def replay(initial: Answers, pairs: Sequence[tuple[Bools, Answers]], pdl: DecisionList) -> list[Answers]:
    """The answers of every published version on fixed rows, rebuilt from the merged pairs and the list's nodes.

    ``initial`` (n,) the initial model's answers; ``pairs`` masks and patch answers, (n,) each. Newest version last.

    Example:
        >>> pair = (np.array([True, False]), np.array([1, 1]))
        >>> [answers.tolist() for answers in replay(np.array([0, 0]), [pair], DecisionList((Leaf(0, 0),), (0, 1)))]
        [[0, 0], [1, 0]]
    """
    versions = [initial]
    for version in range(1, len(pdl.version_ends)):
        answers = versions[-1]
        for node in pdl.nodes[pdl.version_ends[version - 1] : pdl.version_ends[version]]:
            answers = apply_node(answers, node, pairs, versions)
        versions.append(answers)
    return versions


def apply_node(
    answers: Answers, node: Node, pairs: Sequence[tuple[Bools, Answers]], versions: Sequence[Answers]
) -> Answers:
    """One node on fixed rows, given the merged pairs and the answers of the versions published so far."""
    if isinstance(node, Leaf):
        return apply_leaf(answers, pairs[node.group][0], pairs[node.patch][1])
    if node.group == EVERYONE:
        return versions[node.version].copy()
    return apply_pointer(answers, pairs[node.group][0], versions[node.version])


class ListPredictor:
    """Batch routing of new rows: each patch is called at most once, on just the rows that reach it.

    Prediction keeps no state: it does not depend on row order, batch size or earlier calls, and may run concurrently.

    Example:
        >>> predictor = ListPredictor(DecisionList((Leaf(0, 0),), (0, 1)))
        >>> masks = np.packbits([[True, False, True]], axis=1)
        >>> zeros, ones = (lambda rows: np.zeros(len(rows), np.int32)), (lambda rows: np.ones(len(rows), np.int32))
        >>> predictor.predict(masks, zeros, [ones], 3).tolist(), predictor.leaves(masks, 3).tolist()
        ([1, 0, 1], [0, -1, 0])
    """

    def __init__(self, pdl: DecisionList) -> None:
        self.pdl = pdl
        self._groups = np.array([node.group for node in pdl.nodes], dtype=np.int64)
        self._ends = np.array([self._end(node) for node in pdl.nodes], dtype=np.int64)
        # One past the end, so that leaf number -1, the initial model, reads the -1 there.
        self._patches = np.array([*(n.patch if isinstance(n, Leaf) else -1 for n in pdl.nodes), -1], dtype=np.int32)

    def _end(self, node: Node) -> int:
        return -1 if isinstance(node, Leaf) else self.pdl.version_ends[node.version]

    def leaves(self, masks: NDArray[np.uint8], n: int) -> NDArray[np.int32]:
        """The node that answers each of n rows: (n,) positions in ``pdl.nodes``, -1 for the initial model.

        ``masks`` (pairs, ceil(n/8)) packed bits, one mask a merged pair.
        """
        return kernels.route(masks, self._groups, self._ends, n)

    def predict(
        self,
        masks: NDArray[np.uint8],
        initial: Callable[[Rows], Answers],
        patches: Sequence[Callable[[Rows], Answers]],
        n: int,
    ) -> Answers:
        """The newest version's answers on n rows: (n,).

        ``initial`` and each of ``patches`` take row positions and return one answer a row.

        Raises:
            ScoringError: when a patch returns another length or dtype than asked, or one that the list names is not
                given. A patch's own exceptions pass through.
        """
        if len(patches) <= self._patches.max():
            raise WrongLengthError(f"The list names patch {self._patches.max()}, and {len(patches)} were given.")
        patch_of = self._patches[self.leaves(masks, n)]
        # A stable sort of small integers is a radix sort: one pass finds every patch's rows, in row order.
        order = np.argsort(patch_of.astype(np.int16) if len(patches) < 2**15 else patch_of, kind="stable")
        bounds = np.searchsorted(patch_of[order], np.arange(-1, len(patches) + 1))
        answers = np.zeros(n, dtype=initial(order[:0]).dtype)
        for patch, (start, stop) in enumerate(pairwise(bounds), start=-1):
            if start < stop:
                rows = order[start:stop]
                answers[rows] = self._answered(initial if patch < 0 else patches[patch], rows, answers.dtype)
        return answers

    @staticmethod
    def _answered(patch: Callable[[Rows], Answers], rows: Rows, dtype: np.dtype[np.generic]) -> Answers:
        found = patch(rows)
        if found.shape != rows.shape:
            raise WrongLengthError("A patch must return one answer for each row it is given.")
        if found.dtype != dtype:
            raise WrongTypeError(f"A patch must answer in {dtype} like the initial model, not {found.dtype}.")
        return found
