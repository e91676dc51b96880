"""Which monotone repair comes next (arXiv 2201.10408, algorithm 4, corrected: the scan restarts after every repair).

Decided on whole numbers: losses are rounded once to a grid on which every sum is exact in float64. So a repair strictly
lowers an integer, the scan ends, and every worker takes the same decisions.
"""

from collections.abc import Sequence
from copy import copy
from fractions import Fraction
from math import ceil, floor, frexp
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring import kernels
from scoring.decision_list import EVERYONE, Pointer
from scoring.losses import Sample
from scoring.types import Answers, Bools, Packed

EXACT_BITS: Final = 52  # whole numbers below 2**52, and all their sums that stay below it, are exact in float64
ROUNDING: Final = 1e-9  # relative: at the threshold, give or take the rounding of real losses, it is reached
CHUNK_ROWS: Final = 8192  # of real losses at a time; the sums are exact, so the chunks do not show


class LossTable:
    """Summed losses of protected groups under published versions, as whole numbers of grid steps.

    ``masks`` and ``versions`` are (n,) arrays on the sample's rows. For 0/1 loss without weights a step is one row.

    Example:
        >>> from scoring.losses import Loss
        >>> sample = Sample(Loss.ZERO_ONE, np.array([1, 1, 0], dtype=np.int32))
        >>> versions = [np.array([0, 0, 0], dtype=np.int32), np.array([1, 0, 1], dtype=np.int32)]
        >>> LossTable(sample, [np.array([True, True, False])], versions).sums.tolist()  # everyone, then the group
        [[2, 2], [2, 1]]
    """

    def __init__(self, sample: Sample, masks: Sequence[Bools], versions: Sequence[Answers]) -> None:
        self._sample = sample
        self._masks = [np.ones(sample.n, dtype=np.bool_), *masks]
        self._versions = list(versions)
        # A power of two, so that weights and losses that are short binary fractions are on the grid themselves.
        self._steps = 1.0 if sample.is_counted else 2.0 ** (EXACT_BITS - frexp(sample.total_weight)[1])
        if sample.is_counted:
            self._packed = np.stack([np.packbits(mask) for mask in self._masks])
            self._wrong = np.stack([self._wrong_rows(answers) for answers in versions])
            self.sums = kernels.overlaps(self._packed, self._wrong)
        else:
            self.sums = self._sum(versions)

    def heads(self, answers: Answers) -> NDArray[np.int64]:
        """The sums of each group under one more answer vector: (1 + g,), everyone first."""
        if self._sample.is_counted:
            return kernels.error_counts(self._packed, self._wrong_rows(answers))
        return np.asarray(self._sum([answers])[:, 0])

    def with_group(self, mask: Bools) -> "LossTable":
        """The table with one more protected group; of whole counts only the new row is counted."""
        if not self._sample.is_counted:
            return LossTable(self._sample, [*self._masks[1:], mask], self._versions)
        more = copy(self)
        packed = np.packbits(mask)
        more._masks = [*self._masks, mask]
        more._packed = np.concatenate([self._packed, packed[None, :]])
        more.sums = np.concatenate([self.sums, kernels.error_counts(self._wrong, packed)[None, :]])
        return more

    def with_version(self, answers: Answers) -> "LossTable":
        """The table with one more published version; only the new column is counted."""
        more = copy(self)
        more._versions = [*self._versions, answers]
        if self._sample.is_counted:
            more._wrong = np.concatenate([self._wrong, self._wrong_rows(answers)[None, :]])
        more.sums = np.concatenate([self.sums, self.heads(answers)[:, None]], axis=1)
        return more

    def gain_above(self, slack_rows: int) -> int:
        """The least gain, in steps, that is more than the loss of so many wholly wrong rows of mean weight."""
        return 1 + floor(slack_rows * self._steps * self._sample.total_weight / self._sample.n)

    def gain_at(self, score: Fraction) -> int:
        """The least gain, in steps, that is a score of at least so much; never 0, or repairs would not end."""
        if self._sample.is_counted:
            return max(1, ceil(score * self._sample.n))
        return max(1, ceil(float(score) * self._steps * self._sample.total_weight * (1 - ROUNDING)))

    def _wrong_rows(self, answers: Answers) -> Packed:
        return np.packbits(answers != self._sample.labels)

    def _sum(self, versions: Sequence[Answers]) -> NDArray[np.int64]:
        masks = np.stack(self._masks)
        steps = np.stack([self._on_grid(answers) for answers in versions])
        sums = np.zeros((len(masks), len(versions)))
        for start in range(0, self._sample.n, CHUNK_ROWS):
            chunk = slice(start, start + CHUNK_ROWS)
            sums += masks[:, chunk].astype(np.float64) @ steps[:, chunk].T
        return sums.astype(np.int64)

    def _on_grid(self, answers: Answers) -> NDArray[np.float64]:
        losses = self._sample.losses(answers)
        weighted = losses if self._sample.weights is None else losses * self._sample.weights
        return np.asarray(np.rint(weighted * self._steps))


def newest_first(table: LossTable, heads: NDArray[np.int64], least_gain: int) -> Pointer | None:
    """Groups newest first x versions newest first: the first version that beats the head by at least so many steps."""
    for group in range(len(heads) - 2, -1, -1):
        gains = heads[group + 1] - table.sums[group + 1]
        better = np.flatnonzero(gains >= least_gain)
        if len(better):
            return Pointer(group, int(better[-1]))
    return None


def oldest_first(table: LossTable, heads: NDArray[np.int64], least_gain: int) -> Pointer | None:
    """The published reference's order: everyone, then groups as introduced, each with the first of its best."""
    best = table.sums.argmin(axis=1)  # the first, where several are best
    gains = heads - table.sums[np.arange(len(best)), best]
    worse = np.flatnonzero(gains >= least_gain)
    return Pointer(int(worse[0]) - 1, int(best[worse[0]])) if len(worse) else None


assert EVERYONE == -1, "row 0 of a LossTable, everyone, is group -1"
