"""Counting over packed bits: AND and popcount, integers only, so the same answer on every worker (ALGORITHMS 10).

Compiled by numba where it is installed (the first call on a machine compiles, later processes read the cache), else
plain numpy. Both give identical integers.
"""

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.errors import WrongLengthError, WrongTypeError
from scoring.types import Packed

if TYPE_CHECKING:
    from scoring import kernels_plain as machine  # the two have the same functions
else:
    try:
        from scoring import kernels_compiled as machine
    except ImportError:  # no numba here; the plain form is slower and gives the same integers
        from scoring import kernels_plain as machine

_BYTE: Final = np.dtype(np.uint8)  # looked up by every call; the quickest take a few microseconds


class Counts(NamedTuple):
    """Rows of a group, the model's and the patch's wrong rows in it, and what the patch would fix and break there."""

    rows: int
    model_wrong: int
    patch_wrong: int
    fixed: int
    broken: int


def counts(mask: Packed, model_wrong: Packed, patch_wrong: Packed) -> Counts:
    """All 0/1 counts of one group from bit planes of equal length.

    Example:
        >>> counts(np.packbits([1, 1, 1, 0]), np.packbits([1, 1, 0, 1]), np.packbits([0, 1, 1, 0]))
        Counts(rows=3, model_wrong=2, patch_wrong=2, fixed=1, broken=1)
    """
    planes = _bits(mask), _bits(model_wrong), _bits(patch_wrong)
    _check_axes(mask, 1)
    _check_shapes(mask, *planes)
    return _counts(*machine.counts(*planes))


def group_counts(masks: NDArray[np.uint8], model_wrong: Packed, patch_wrong: NDArray[np.uint8]) -> list[Counts]:
    """The counts of many groups, each with its own patch: ``masks`` and ``patch_wrong`` (g, bytes).

    Example:
        >>> masks = np.packbits([[1, 0], [1, 1]], axis=1)
        >>> [c.fixed for c in group_counts(masks, np.packbits([1, 1]), np.packbits([[0, 0], [1, 0]], axis=1))]
        [1, 1]
    """
    masks, model_wrong, patch_wrong = _bits(masks), _bits(model_wrong), _bits(patch_wrong)
    _check_axes(masks, 2)
    _check_shapes(masks, patch_wrong)
    _check_shapes(model_wrong, *masks[:1])
    return [_counts(*row) for row in machine.group_counts(masks, model_wrong, patch_wrong).tolist()]


def overlaps(masks: NDArray[np.uint8], planes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Rows that each mask (g, bytes) shares with each plane (v, bytes): (g, v); with planes of wrong rows, the errors.

    Example:
        >>> overlaps(np.packbits([[1, 0, 1]], axis=1), np.packbits([[1, 1, 1], [0, 1, 0]], axis=1)).tolist()
        [[2, 0]]
    """
    masks, planes = _bits(masks), _bits(planes)
    if masks.ndim != 2 or planes.ndim != 2 or masks.shape[1] != planes.shape[1]:
        raise WrongLengthError("Masks and planes must be stacks of equally many bytes.")
    return machine.overlaps(masks, planes)


def error_counts(masks: NDArray[np.uint8], wrong: Packed) -> NDArray[np.int64]:
    """Rows that each mask (g, bytes) shares with one plane: (g,). Each mask is read once, at the memory's speed.

    Example:
        >>> error_counts(np.packbits([[1, 0, 1], [1, 1, 0]], axis=1), np.packbits([1, 1, 0])).tolist()
        [1, 2]
    """
    masks, wrong = _bits(masks), _bits(wrong)
    if masks.ndim != 2 or wrong.shape != masks.shape[1:]:
        raise WrongLengthError("Each mask must have as many bytes as the plane.")
    return machine.error_counts(masks, wrong)


def transposed(masks: NDArray[np.uint8], n: int) -> NDArray[np.uint8]:
    """For each of n rows the bits of all groups: (n, bytes); a row is padded with zeros to whole words.

    Example:
        >>> transposed(np.packbits([[1, 0], [1, 1]], axis=1), 2)[:, 0].tolist()
        [192, 64]
    """
    masks = _bits(masks)
    if masks.ndim != 2 or masks.shape[1] != (n + 7) // 8:
        raise WrongLengthError(f"The packed masks of {n} rows are {(n + 7) // 8} bytes each.")
    turned = np.zeros((n, (len(masks) + 63) // 64 * 8), dtype=np.uint8)
    machine.transpose(masks, turned)
    return turned


def column_counts(rows_of_bits: NDArray[np.uint8], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of the row positions each group has, from ``transposed`` bits: (8 * bytes,). Only those rows are read.

    Example:
        >>> column_counts(transposed(np.packbits([[1, 0], [1, 1]], axis=1), 2), np.array([0, 1]))[:2].tolist()
        [1, 2]
    """
    rows_of_bits, rows = _bits(rows_of_bits), _positions(rows)
    if rows_of_bits.ndim != 2 or rows_of_bits.shape[1] % 8 or rows.ndim != 1:
        raise WrongLengthError("Transposed bits are rows of whole words.")
    if len(rows) and not (rows.min() >= 0 and rows.max() < len(rows_of_bits)):
        raise WrongLengthError("A row position lies outside the transposed bits.")
    return machine.column_counts(rows_of_bits, rows)


def words(planes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Packed bits (..., bytes) as whole words (..., ceil(bytes/8)), the rest zero.

    Example:
        >>> words(np.array([1, 0], dtype=np.uint8)).tolist()
        [1]
    """
    padding = [(0, 0)] * (planes.ndim - 1) + [(0, -planes.shape[-1] % 8)]
    return np.pad(_bits(planes), padding).view(np.uint64)


def additions(
    order: NDArray[np.int64], masks: NDArray[np.uint64], wrong: NDArray[np.uint64], before: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Errors that each of k pairs takes off when they join a list in this order, each at its place in merge order.

    ``masks`` and ``wrong`` (k, words): where a pair answers, and where it would be wrong; ``before`` (words,): where
    the model without any is. A pair that was merged later stays in front, though it joined before.

    Example:
        >>> masks = words(np.packbits([[1, 1, 0], [0, 1, 1]], axis=1))
        >>> wrong, before = np.zeros_like(masks), words(np.packbits([1, 1, 1]))
        >>> additions(np.array([1, 0]), masks, wrong, before).tolist()
        [1, 2]
    """
    order = _positions(order)
    if masks.shape != wrong.shape or masks.shape != (len(order), *before.shape):
        raise WrongLengthError("Each pair needs a mask and a plane of errors, as long as the model's.")
    if not np.array_equal(np.sort(order), np.arange(len(order))):
        raise WrongLengthError("An order names each pair once.")
    return machine.additions(order, masks, wrong, before)


def route(masks: NDArray[np.uint8], groups: NDArray[np.int64], ends: NDArray[np.int64], n: int) -> NDArray[np.int32]:
    """Which leaf of a pointer decision list answers each of n rows: (n,) node index, -1 for the initial model.

    ``masks`` (g, bytes); ``groups`` (nodes,) the mask that each node tests, -1 for everyone; ``ends`` (nodes,) -1 for a
    leaf, else the length of the list at the version that a pointer goes back to. Nodes are oldest first.

    Example:
        >>> masks = np.packbits([[1, 1, 0], [0, 1, 1]], axis=1)
        >>> route(masks, np.array([0, 1, 0]), np.array([-1, -1, 1]), 3).tolist()  # the third: group 0 as at version 1
        [0, 0, 1]
    """
    masks, groups, ends = _bits(masks), _positions(groups), _positions(ends)
    if masks.ndim != 2 or masks.shape[1] != (n + 7) // 8:
        raise WrongLengthError(f"The packed masks of {n} rows are {(n + 7) // 8} bytes each.")
    if len(groups) != len(ends):
        raise WrongLengthError("Each node needs one group and one end.")
    if len(groups) and not (groups.min() >= -1 and groups.max() < len(masks)):
        raise WrongLengthError("A node names a group that has no mask.")
    if (ends > np.arange(len(ends))).any():
        raise WrongLengthError("A pointer goes to a version that was not published before it.")
    return machine.route(masks, groups, ends, n)


def _counts(rows: int, model_wrong: int, patch_wrong: int, both_wrong: int) -> Counts:
    return Counts(rows, model_wrong, patch_wrong, model_wrong - both_wrong, patch_wrong - both_wrong)


def _bits(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if plane.dtype is not _BYTE and plane.dtype != _BYTE:
        raise WrongTypeError(f"Bit planes must be bytes, not {plane.dtype}.")
    # The compiled loops read memory in order; a copy only where it is not.
    return plane if plane.flags.c_contiguous else np.ascontiguousarray(plane)


def _positions(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    if numbers.dtype.kind not in "iu" or numbers.ndim != 1:  # a cast would cut off fractions
        raise WrongTypeError(f"Positions must be one axis of whole numbers, not {numbers.ndim} of {numbers.dtype}.")
    return np.ascontiguousarray(numbers, dtype=np.int64)


def _check_axes(planes: NDArray[np.uint8], axes: int) -> None:
    if planes.ndim != axes:
        raise WrongTypeError(f"Bit planes must have {axes} axes here, not {planes.ndim}.")


def _check_shapes(first: NDArray[np.uint8], *others: NDArray[np.uint8]) -> None:
    for plane in others:
        if plane.shape != first.shape:  # the compiled loops would read past a shorter one
            raise WrongLengthError("Bit planes must have the same length.")
