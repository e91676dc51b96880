"""Which monotone repair comes next (arXiv 2201.10408, algorithm 4, corrected: the scan restarts after every repair).

Decided on whole numbers: losses are rounded once to a grid on which every sum is exact in float64. So a repair strictly
lowers an integer, the scan ends, and every worker takes the same decisions.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, frexp
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring import kernels
from scoring.decision_list import EVERYONE, Pointer
from scoring.losses import Sample
from scoring.types import Answers, Bools

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
        self._masks = np.stack([np.ones(sample.n, dtype=np.bool_), *masks])
        self._packed = np.packbits(self._masks, axis=1)
        # A power of two, so that weights and losses that are short binary fractions are on the grid themselves.
        self._steps = 1.0 if sample.is_counted else 2.0 ** (EXACT_BITS - frexp(sample.total_weight)[1])
        self.sums = self._sum(versions)

    def heads(self, answers: Answers) -> NDArray[np.int64]:
        """The sums of each group under one more answer vector: (1 + g,), everyone first."""
        return np.asarray(self._sum([answers])[:, 0])

    def gain_above(self, slack_rows: int) -> int:
        """The least gain, in steps, that is more than the loss of so many wholly wrong rows of mean weight."""
        return 1 + floor(slack_rows * self._steps * self._sample.total_weight / self._sample.n)

    def gain_at(self, score: Fraction) -> int:
        """The least gain, in steps, that is a score of at least so much; never 0, or repairs would not end."""
        if self._sample.is_counted:
            return max(1, ceil(score * self._sample.n))
        return max(1, ceil(float(score) * self._steps * self._sample.total_weight * (1 - ROUNDING)))

    def _sum(self, versions: Sequence[Answers]) -> NDArray[np.int64]:
        if self._sample.is_counted:
            wrong = np.stack([np.packbits(answers != self._sample.labels) for answers in versions])
            return kernels.overlaps(self._packed, wrong)
        steps = np.stack([self._on_grid(answers) for answers in versions])
        sums = np.zeros((len(self._masks), len(versions)))
        for start in range(0, self._sample.n, CHUNK_ROWS):
            chunk = slice(start, start + CHUNK_ROWS)
            sums += self._masks[:, chunk].astype(np.float64) @ steps[:, chunk].T
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
