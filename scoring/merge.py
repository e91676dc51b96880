"""Merging an accepted pair into the hosted model, with monotone repair (arXiv 2201.10408, algorithms 2-4)."""

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from math import floor
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scoring.decision_list import EVERYONE, DecisionList, Leaf, Node, Pointer, apply_leaf, apply_pointer
from scoring.errors import BudgetSpentError, EmptyGroupError, OutOfRangeError
from scoring.losses import Sample
from scoring.masks import check_mask
from scoring.repairs import ROUNDING, LossTable, newest_first, oldest_first
from scoring.scores import Score
from scoring.types import Answers, Bools


class Mode(StrEnum):
    """How a competition accepts pairs and decides repairs (ALGORITHMS 3, 4)."""

    THEOREM = "theorem"
    CERTIFIED = "certified"
    STRICT = "strict"


Versions: TypeAlias = list[Answers]
Masks: TypeAlias = list[Bools]


@dataclass(frozen=True)
class Counted:
    """The sums of all protected groups under all versions of a state, on the ``rows`` of a ``sample``."""

    table: LossTable
    sample: Sample
    rows: NDArray[np.int64] | None

    def is_of(self, sample: Sample, rows: NDArray[np.int64] | None) -> bool:
        if self.rows is None or rows is None:
            return self.sample is sample and self.rows is rows
        return self.sample is sample and np.array_equal(self.rows, rows)


@dataclass
class ListState:
    """A decision list on fixed rows.

    ``version_answers`` the answers of each published version, (n,) each, newest last; ``masks`` (n,) the protected
    groups in order of introduction. The group and patch numbers of the list's nodes count merged pairs, as ``masks``.
    ``table`` what the merge that made the state had counted, for the next one on the same rows.
    """

    list: DecisionList
    version_answers: Versions
    masks: Masks
    table: "Counted | None" = field(default=None, repr=False, compare=False)

    @classmethod
    def start(cls, initial: Answers) -> "ListState":
        """Version 0: the initial model's answers (n,), nothing merged."""
        return cls(DecisionList(), [initial], [])


@dataclass(frozen=True)
class MergeOutcome:
    """``state`` the new state; ``nodes`` appended: leaf, then ``repairs`` in order; ``answers`` (n,) the new head's."""

    state: ListState
    nodes: tuple[Node, ...]
    repairs: tuple[Pointer, ...]
    answers: Answers


def accepts(score: Score, *, mode: Mode, epsilon: float | None = None) -> bool:
    """Whether a pair with this score is accepted. NaN is not.

    Theorem mode: score >= 3/4 epsilon, non-strict and exact for counts; epsilon is the decimal number it prints as.
    Otherwise score > 0; in certified mode the certificate, not this, decides what is merged.

    Example:
        >>> from scoring.scores import from_counts
        >>> accepts(from_counts(rows=200, fixed=75, broken=0, n=1000), mode=Mode.THEOREM, epsilon=0.1)
        True
        >>> accepts(from_counts(rows=200, fixed=74, broken=0, n=1000), mode=Mode.THEOREM, epsilon=0.1)
        False
    """
    if mode is not Mode.THEOREM:
        return score.value > 0
    threshold = Fraction(3, 4) * _exact_epsilon(epsilon)
    if score.fixed is not None and score.broken is not None:
        return score.fixed - score.broken >= threshold * score.n
    return score.value >= float(threshold) * (1 - ROUNDING)


def accept_budget(epsilon: float | None) -> int:
    """The most accepts, repairs included, that theorem mode makes: floor(2 / epsilon).

    Example:
        >>> accept_budget(0.1)
        20
    """
    return floor(2 / _exact_epsilon(epsilon))


def _exact_epsilon(epsilon: float | None) -> Fraction:
    if epsilon is None or not 0 < epsilon <= 1:
        raise OutOfRangeError("Theorem mode needs an epsilon above 0 and at most 1.")
    return Fraction(str(float(epsilon)))


def merge(  # noqa: PLR0913  # three arrays, and the rules of the competition by name
    state: ListState,
    mask: Bools,
    patch_answers: Answers,
    *,
    sample: Sample,
    mode: Mode,
    rows: NDArray[np.int64] | None = None,
    slack_rows: int = 0,
    epsilon: float | None = None,
    protect_new: bool = True,
) -> MergeOutcome:
    """Prepend an accepted pair, repair until no protected group is worse than under an earlier version, publish.

    ``mask`` and ``patch_answers`` (n,) on the state's rows, ``sample`` their hidden side. ``rows`` limits what repairs
    are decided on (the guard rows of a pool); answers are kept for all rows. ``slack_rows``: in certified mode, by how
    many rows of mean weight a group may be worse. ``protect_new=False`` leaves the new group out of this scan: a defect
    of one published updater, kept for replaying it.

    Repairs, the scan restarting after each: in theorem and certified mode, groups newest first x versions newest first,
    the first that beats the head by the mode's rule; in strict mode, the whole population, then groups in order of
    introduction, each with the first of its best versions. The input state is not touched.

    Raises:
        EmptyGroupError: for a group without rows. BudgetSpentError: in theorem mode beyond floor(2 / epsilon) accepts.
        ScoringError: for arrays that do not fit.

    Example:
        >>> from scoring.losses import Loss
        >>> sample = Sample(Loss.ZERO_ONE, np.array([1, 1], dtype=np.int32))
        >>> state = ListState.start(np.array([0, 0], dtype=np.int32))
        >>> merged = merge(state, np.array([True, False]), np.ones(2, dtype=np.int32), sample=sample, mode=Mode.STRICT)
        >>> merged.answers.tolist(), merged.nodes
        ([1, 0], (Leaf(group=0, patch=0),))
    """
    check_mask(mask, sample.n)
    sample.losses(patch_answers)  # refuses answers that do not fit before anything is built on them
    if not mask.any():
        raise EmptyGroupError("A group without rows cannot be merged.")
    room = accept_budget(epsilon) - len(state.list.nodes) if mode is Mode.THEOREM else None
    masks = [*state.masks, mask]
    leaf = Leaf(len(state.masks), len(state.masks))
    answers = apply_leaf(state.version_answers[-1], mask, patch_answers)
    known = _loss_table(state, sample, rows)
    with_new = known.with_group(_on(mask, rows))
    table = with_new if protect_new else known
    least_gain = _least_gain(table, mode, slack_rows, epsilon)
    find = oldest_first if mode is Mode.STRICT else newest_first
    repairs: list[Pointer] = []
    while repair := find(table, table.heads(_on(answers, rows)), least_gain):
        repairs.append(repair)
        answers = _repaired(answers, repair, masks, state.version_answers)
    if room is not None and 1 + len(repairs) > room:
        raise BudgetSpentError("The accepts that epsilon allows are used up.")
    nodes: tuple[Node, ...] = (leaf, *repairs)
    counted = Counted(with_new.with_version(_on(answers, rows)), sample, rows)
    after = ListState(state.list.publish(nodes), [*state.version_answers, answers], masks, counted)
    return MergeOutcome(after, nodes, tuple(repairs), answers)


def _loss_table(state: ListState, sample: Sample, rows: NDArray[np.int64] | None) -> LossTable:
    if state.table is not None and state.table.is_of(sample, rows):
        return state.table.table
    masks, versions = ([_on(array, rows) for array in arrays] for arrays in (state.masks, state.version_answers))
    return LossTable(sample if rows is None else sample.take(rows), masks, versions)


def _on(array: NDArray[Any], rows: NDArray[np.int64] | None) -> NDArray[Any]:
    return array if rows is None else array[rows]


def _least_gain(table: LossTable, mode: Mode, slack_rows: int, epsilon: float | None) -> int:
    if mode is Mode.THEOREM:
        return table.gain_at(Fraction(3, 4) * _exact_epsilon(epsilon))
    return table.gain_above(slack_rows if mode is Mode.CERTIFIED else 0)


def _repaired(answers: Answers, repair: Pointer, masks: Masks, versions: Versions) -> Answers:
    if repair.group == EVERYONE:
        return versions[repair.version].copy()
    return apply_pointer(answers, masks[repair.group], versions[repair.version])
