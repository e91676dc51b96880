"""The one number: the mass-weighted gain of a patch on a group (arXiv 2201.10408, in its mass-weighted form)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring import kernels
from scoring.errors import WrongLengthError, WrongTypeError
from scoring.losses import Sample, check_answers, check_losses
from scoring.masks import check_mask
from scoring.types import Answers, Bools, Floats, Packed


@dataclass(frozen=True)
class Score:
    """``value`` = weight x gain, in loss per row of the whole sample; positive when the patch is better.

    ``weight`` the group's share of the sample's weight, ``gain`` the fall in mean loss inside the group (0 for an empty
    group), ``rows`` of the group, of ``n``. For 0/1 loss without weights ``fixed`` (b) rows turn right and ``broken``
    (c) turn wrong, and n * value = fixed - broken exactly; otherwise both are None.
    """

    value: float
    weight: float
    gain: float
    rows: int
    fixed: int | None
    broken: int | None
    n: int


def score(sample: Sample, mask: Bools, model_losses: Floats, patch_losses: Floats) -> Score:
    """Score a patch on a group of the sample.

    ``mask`` (n,) rows of the group; ``model_losses``, ``patch_losses`` (n,) in [0, 1], as ``sample.losses`` gives them.

    Raises:
        ScoringError: for wrong lengths or dtypes, NaN, or losses outside [0, 1].

    Example:
        >>> from scoring.losses import Loss
        >>> sample = Sample(Loss.ZERO_ONE, np.array([1, 1, 0, 0], dtype=np.int32))
        >>> mask = np.array([True, True, True, False])
        >>> found = score(sample, mask, np.array([1.0, 1, 0, 0]), np.array([0.0, 0, 1, 0]))
        >>> found.value, found.fixed, found.broken, found.gain
        (0.25, 2, 1, 0.3333333333333333)
    """
    check_mask(mask, sample.n)
    check_losses(model_losses, sample.n)
    check_losses(patch_losses, sample.n)
    rows = int(np.count_nonzero(mask))
    if sample.is_counted:
        fixed = int(np.count_nonzero(mask & (model_losses > patch_losses)))
        broken = int(np.count_nonzero(mask & (model_losses < patch_losses)))
        return from_counts(rows, fixed, broken, sample.n)
    gains = (model_losses - patch_losses)[mask]
    if sample.weights is None:
        return _from_sums(rows, float(rows), float(gains.sum()), sample)
    weights = sample.weights[mask]
    # Not a dot product: BLAS adds in an order that depends on its threads, and workers must agree to the last bit.
    return _from_sums(rows, float(weights.sum()), float((weights * gains).sum()), sample)


def from_counts(rows: int, fixed: int, broken: int, n: int) -> Score:
    """The score of 0/1 losses without weights, from whole numbers of rows.

    Example:
        >>> from_counts(rows=50, fixed=9, broken=4, n=100).value
        0.05
    """
    gain = (fixed - broken) / rows if rows else 0.0
    return Score((fixed - broken) / n, rows / n, gain, rows, fixed, broken, n)


def _from_sums(rows: int, group_weight: float, gained: float, sample: Sample) -> Score:
    total = sample.total_weight
    gain = gained / group_weight if rows else 0.0
    return Score(gained / total, group_weight / total, gain, rows, None, None, sample.n)


def rescore(
    sample: Sample, masks: NDArray[np.uint8], model_answers: Answers, patch_answers: NDArray[np.int32 | np.float64]
) -> list[Score]:
    """Scores of many stored submissions against one model version, each stored mask read once (ALGORITHMS 10).

    ``masks`` (g, ceil(n/8)) packed bits, ``patch_answers`` (g, n). Equal to ``score`` of each, and exact for counts.

    Example:
        >>> from scoring.losses import Loss
        >>> sample = Sample(Loss.ZERO_ONE, np.array([1, 1, 0, 0], dtype=np.int32))
        >>> masks = np.packbits([[True, True, False, False]], axis=1)
        >>> answers = np.array([[1, 1, 1, 1]], dtype=np.int32)
        >>> rescore(sample, masks, np.zeros(4, dtype=np.int32), answers)[0].value
        0.5
    """
    _check_stack(masks, (len(patch_answers), (sample.n + 7) // 8))
    if patch_answers.ndim != 2:
        raise WrongLengthError("Patch answers must be one row a submission.")
    model_losses = sample.losses(model_answers)
    if not sample.is_counted:
        return [
            score(sample, _bits(masks[i], sample.n), model_losses, sample.losses(patch_answers[i]))
            for i in range(len(masks))
        ]
    return _recount(sample, masks, model_losses, patch_answers)


def _recount(
    sample: Sample, masks: NDArray[np.uint8], model_losses: Floats, patch_answers: NDArray[np.int32 | np.float64]
) -> list[Score]:
    if len(masks) == 0:
        return []
    check_answers("patch answers", patch_answers.reshape(-1), patch_answers.size, real=False)
    if patch_answers.shape[1] != sample.n:
        raise WrongLengthError(f"Patch answers must have one entry for each of the {sample.n} rows.")
    patch_wrong = np.packbits(patch_answers != sample.labels, axis=1)
    counts = kernels.group_counts(masks, np.packbits(model_losses > 0), patch_wrong)
    return [from_counts(c.rows, c.fixed, c.broken, sample.n) for c in counts]


def _bits(packed: Packed, n: int) -> Bools:
    return np.unpackbits(packed, count=n).view(np.bool_)


def _check_stack(masks: NDArray[np.uint8], shape: Sequence[int]) -> None:
    if masks.dtype != np.uint8:
        raise WrongTypeError(f"Packed bits must be bytes, not {masks.dtype}.")
    if masks.shape != tuple(shape):
        raise WrongLengthError(f"Packed masks must have the shape {tuple(shape)}, not {masks.shape}.")
