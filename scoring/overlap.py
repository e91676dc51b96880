"""How much a new group shares with each earlier one: intersections, Jaccard overlap, and what that makes it."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from scoring import kernels, masks
from scoring.types import Bools, Packed


class Kind(StrEnum):
    """What a new group is beside an earlier one."""

    DUPLICATE = "duplicate"  # the same rows, and the same answers on them
    REFINEMENT = "refinement"  # the same rows with other answers, or only rows of the earlier one
    NEW = "new"


@dataclass(frozen=True)
class Overlap:
    """``shared`` rows of ``rows`` and ``earlier_rows``; ``jaccard`` = shared / rows of either, 1 for two empty ones."""

    shared: int
    rows: int
    earlier_rows: int
    kind: Kind

    @property
    def jaccard(self) -> float:
        either = self.rows + self.earlier_rows - self.shared
        return self.shared / either if either else 1.0


def overlaps_with(mask: Packed, earlier: NDArray[np.uint8], same_answers: Bools | None = None) -> list[Overlap]:
    """Compare a mask (bytes,) with all ``earlier`` ones (g, bytes), each read once.

    ``same_answers`` (g,): whether the patches agree on the group; where they are not given, masks alone decide.

    Example:
        >>> earlier = np.packbits([[1, 1, 0], [1, 1, 1], [0, 0, 1]], axis=1)
        >>> [(found.kind.value, round(found.jaccard, 2)) for found in overlaps_with(np.packbits([1, 1, 0]), earlier)]
        [('duplicate', 1.0), ('refinement', 0.67), ('new', 0.0)]
    """
    shared = kernels.error_counts(earlier, mask).tolist()
    sizes = kernels.error_counts(earlier, np.full_like(mask, 0xFF)).tolist()
    agree = [True] * len(sizes) if same_answers is None else same_answers.tolist()
    rows = masks.count(mask)
    return [
        Overlap(both, rows, size, _kind(both, rows, size, agrees))
        for both, size, agrees in zip(shared, sizes, agree, strict=True)
    ]


def _kind(shared: int, rows: int, earlier_rows: int, agrees: bool) -> Kind:
    if shared == rows == earlier_rows:
        return Kind.DUPLICATE if agrees else Kind.REFINEMENT
    return Kind.REFINEMENT if 0 < rows == shared else Kind.NEW
