"""Error counts of many stored groups, kept current as the model changes (ALGORITHMS 10: the board is always current).

A full pass reads every mask once. After a merge few rows change, and a transposed copy of the masks lets just those be
read: what became wrong is added, what became right is taken off. Whole numbers, so both ways give the same.
"""

import numpy as np
from numpy.typing import NDArray

from scoring import kernels
from scoring.errors import WrongLengthError
from scoring.masks import check_packed
from scoring.types import Packed


class StoredGroups:
    """Groups by their packed masks (g, ceil(n/8)), a transposed copy of them, and how many rows of each are wrong.

    Example:
        >>> groups = StoredGroups(np.packbits([[1, 0, 1], [1, 1, 1]], axis=1), np.packbits([1, 0, 0]), 3)
        >>> groups.errors.tolist(), groups.update(np.packbits([0, 1, 0])).tolist()
        ([1, 1], [0, 1])
    """

    def __init__(self, masks: NDArray[np.uint8], wrong: Packed, n: int) -> None:
        check_packed(wrong, n)
        self.n, self._wrong = n, wrong.copy()
        self._turned = kernels.transposed(masks, n)
        self.errors = kernels.error_counts(masks, wrong)

    @property
    def size_bytes(self) -> int:
        """The memory of the transposed copy."""
        return self._turned.nbytes

    def update(self, wrong: Packed) -> NDArray[np.int64]:
        """The errors of each group (g,) under a model that is wrong on ``wrong``; only rows that changed are read."""
        check_packed(wrong, self.n)
        changed = wrong ^ self._wrong
        self.errors = self.errors + self._count(changed & wrong) - self._count(changed & self._wrong)
        self._wrong = wrong.copy()
        return self.errors

    def _count(self, rows: Packed) -> NDArray[np.int64]:
        found = kernels.column_counts(self._turned, np.flatnonzero(np.unpackbits(rows, count=self.n).view(np.bool_)))
        return found[: len(self.errors)]


def rescored_in_blocks(masks: NDArray[np.uint8], wrong: Packed, block_bytes: int = 64 * 2**20) -> NDArray[np.int64]:
    """``kernels.error_counts`` of a stack that may be larger than memory (a `mask_store`), a block of it at a time.

    Example:
        >>> rescored_in_blocks(np.packbits([[1, 0, 1], [1, 1, 1]], axis=1), np.packbits([1, 0, 1]), 1).tolist()
        [2, 2]
    """
    if masks.ndim != 2 or masks.shape[1:] != wrong.shape:
        raise WrongLengthError("Each mask must have as many bytes as the plane.")
    step = max(1, block_bytes // max(1, masks.shape[1]))
    blocks = [kernels.error_counts(masks[at : at + step], wrong) for at in range(0, len(masks), step)]
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.int64)
