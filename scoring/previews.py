"""What a merge would do to whom, before it is made: who would get worse, and which repairs would follow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.decision_list import EVERYONE, Pointer, apply_leaf
from scoring.errors import OutOfRangeError
from scoring.losses import Sample
from scoring.merge import ListState
from scoring.repairs import LossTable
from scoring.types import Answers, Bools, Floats
from scoring.undo import Pair, Rules


@dataclass(frozen=True)
class GroupPreview:
    """One group on the rows that the rules name. Losses are means over the group, None where it has no row there.

    ``group`` is ``EVERYONE`` or the number of a merged pair, the new one's last; ``by_version`` its loss under every
    published version; ``unrepaired`` its loss with the leaf alone, ``repaired`` after the repairs. ``worse_rows`` are
    those of its rows on which the leaf alone loses more than the head, ``better_rows`` those on which it loses less.
    """

    group: int
    rows: int
    by_version: tuple[float | None, ...]
    unrepaired: float | None
    repaired: float | None
    worse_rows: int
    better_rows: int
    gets_worse: bool
    stays_worse: bool


@dataclass(frozen=True)
class MergePreview:
    """``groups``: everyone, the protected groups in merge order, the new one; ``repairs`` in their order."""

    groups: tuple[GroupPreview, ...]
    repairs: tuple[Pointer, ...]


def preview(state: ListState, pair: Pair, rules: Rules) -> MergePreview:
    """What merging ``pair``, a mask and patch answers (n,) each, would do; ``state`` is not touched.

    Whether a group gets worse is decided as repairs are, on whole numbers: against the head, with the leaf alone
    (``gets_worse``) and after the repairs (``stays_worse``, which a slack may allow).

    Raises:
        OutOfRangeError: where the rules name no rows: a preview is of rows that may be looked at.
        And what ``scoring.merge.merge`` raises.

    Example:
        >>> from scoring.losses import Loss
        >>> from scoring.merge import Mode
        >>> sample = Sample(Loss.ZERO_ONE, np.ones(3, dtype=np.int32))
        >>> rules = Rules(sample, Mode.CERTIFIED, rows=np.arange(3))
        >>> start = ListState.start(np.array([1, 1, 0], dtype=np.int32))
        >>> found = preview(start, (np.array([True, True, False]), np.array([0, 1, 1], dtype=np.int32)), rules)
        >>> [(each.group, each.worse_rows, each.gets_worse, each.stays_worse) for each in found.groups]
        [(-1, 1, True, False), (0, 1, True, False)]
        >>> found.repairs
        (Pointer(group=0, version=0),)
    """
    if rules.rows is None:
        raise OutOfRangeError("A preview needs the rows that it may look at.")
    outcome = rules.merge(state, pair)
    mask, patch = pair
    leaf = apply_leaf(state.version_answers[-1], mask, patch)
    rows = rules.rows
    sample, masks = rules.sample.take(rows), [each[rows] for each in (*state.masks, mask)]
    stages = [answers[rows] for answers in (state.version_answers[-1], leaf, outcome.answers)]
    table = _Table(sample, masks, [answers[rows] for answers in state.version_answers], stages)
    groups = [EVERYONE, *range(len(masks))]
    return MergePreview(tuple(table.row(group) for group in groups), outcome.repairs)


class _Table:
    """Losses of groups on some rows: under each version; under the head, the leaf alone, and what the merge makes."""

    def __init__(
        self, sample: Sample, masks: Sequence[Bools], versions: Sequence[Answers], stages: Sequence[Answers]
    ) -> None:
        self._masks = [np.ones(sample.n, dtype=np.bool_), *masks]
        self._weights = np.ones(sample.n) if sample.weights is None else sample.weights
        self._versions = [sample.losses(answers) for answers in versions]
        self._stages = [sample.losses(answers) for answers in stages]
        self._sums = LossTable(sample, masks, stages).sums  # whole numbers: what is worse is decided on them

    def row(self, group: int) -> GroupPreview:
        mask = self._masks[group + 1]
        head, leaf, merged = (int(total) for total in self._sums[group + 1])
        change = (self._stages[1] - self._stages[0])[mask]
        return GroupPreview(
            group=group,
            rows=int(mask.sum()),
            by_version=tuple(self._mean(losses, mask) for losses in self._versions),
            unrepaired=self._mean(self._stages[1], mask),
            repaired=self._mean(self._stages[2], mask),
            worse_rows=int((change > 0).sum()),
            better_rows=int((change < 0).sum()),
            gets_worse=leaf > head,
            stays_worse=merged > head,
        )

    def _mean(self, losses: Floats, mask: Bools) -> float | None:
        return float(np.average(losses[mask], weights=self._weights[mask])) if mask.any() else None
