"""Sums of real losses over stored groups, exact on every worker: losses in 16-bit fixed point, as bit planes.

A loss in [0, 1] is rounded once to a multiple of 1/65,535. From then on only whole numbers are added, so the sums do
not depend on the order. Tolerance: each row's rounding is at most half a step, so a group of k rows is off by at most
k / 131,070, and its mean loss by at most 1 / 131,070 (7.7e-6).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring import kernels
from scoring.losses import check_losses
from scoring.types import Floats

BITS: Final = 16
STEPS: Final = 2**BITS - 1  # of a loss of 1


def planes_of(losses: Floats) -> NDArray[np.uint8]:
    """(16, ceil(n/8)): bit k of every row's loss in steps, in packed bits.

    Raises:
        ScoringError: for anything but (n,) float64 in [0, 1].

    Example:
        >>> planes_of(np.array([1.0, 0.0]))[:, 0].tolist() == [128] * 16
        True
    """
    if len(losses):
        check_losses(losses, len(losses))
    steps = np.rint(losses * STEPS).astype(np.uint16)
    return np.stack([np.packbits((steps >> bit) & 1) for bit in range(BITS)])


def loss_sums(masks: NDArray[np.uint8], planes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The summed loss of each mask (g, bytes), in steps of 1 / ``STEPS``: (g,) whole numbers.

    Example:
        >>> loss_sums(np.packbits([[1, 1, 0]], axis=1), planes_of(np.array([1.0, 1.0, 1.0]))).tolist()
        [131070]
    """
    weights = np.left_shift(np.int64(1), np.arange(BITS, dtype=np.int64))
    return np.asarray((kernels.overlaps(masks, planes) * weights).sum(axis=1))
