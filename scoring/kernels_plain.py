"""The bit kernels in plain numpy: the reference for, and the stand-in of, the compiled ones."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.types import Packed

BLOCK: Final = 256  # of rows or bytes that are unpacked at a time


def popcount(bits: NDArray[np.uint8]) -> int:
    """The number of ones."""
    return int(np.bitwise_count(bits).sum(dtype=np.int64))


def counts(mask: Packed, model_wrong: Packed, patch_wrong: Packed) -> tuple[int, int, int, int]:
    """Rows, the model's errors, the patch's errors, and the errors of both, in the group."""
    model = mask & model_wrong
    return popcount(mask), popcount(model), popcount(mask & patch_wrong), popcount(model & patch_wrong)


def group_counts(masks: NDArray[np.uint8], model_wrong: Packed, patch_wrong: NDArray[np.uint8]) -> NDArray[np.int64]:
    """``counts`` of each group: (g, 4)."""
    rows = [counts(mask, model_wrong, patch) for mask, patch in zip(masks, patch_wrong, strict=True)]
    return np.array(rows, dtype=np.int64).reshape(-1, 4)


def overlaps(masks: NDArray[np.uint8], planes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Rows that each mask shares with each plane: (g, v)."""
    table = np.zeros((len(masks), len(planes)), dtype=np.int64)
    for v, plane in enumerate(planes):
        table[:, v] = np.bitwise_count(masks & plane).sum(axis=1, dtype=np.int64)
    return table


def error_counts(masks: NDArray[np.uint8], plane: Packed) -> NDArray[np.int64]:
    """Rows that each mask shares with one plane: (g,)."""
    return overlaps(masks, plane[None, :])[:, 0]


def column_counts(rows_of_bits: NDArray[np.uint8], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of ``rows`` have each column's bit: (8 * bytes,)."""
    found = np.zeros(8 * rows_of_bits.shape[1], dtype=np.int64)
    for start in range(0, len(rows), BLOCK):
        bits = np.unpackbits(rows_of_bits[rows[start : start + BLOCK]], axis=1)
        found += bits.sum(axis=0, dtype=np.int64)
    return found


def transpose(masks: NDArray[np.uint8], turned: NDArray[np.uint8]) -> None:
    """Write the bits of ``masks`` (g, bytes) column by column into ``turned`` (n, row bytes), which is zero."""
    size = (len(masks) + 7) // 8
    for byte in range(0, masks.shape[1], BLOCK):
        bits = np.unpackbits(masks[:, byte : byte + BLOCK], axis=1)
        rows = turned[8 * byte : 8 * byte + bits.shape[1]]
        rows[:, :size] = np.packbits(bits.T[: len(rows)], axis=1)


def additions(
    order: NDArray[np.int64], masks: NDArray[np.uint64], wrong: NDArray[np.uint64], before: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Errors that each pair takes off when the pairs join in this order, each at its place in merge order: (k,)."""
    found = np.zeros(len(order), dtype=np.int64)
    joined, current = np.zeros(len(order), dtype=np.bool_), before.copy()
    for pair in order:
        later = masks[pair + 1 :][joined[pair + 1 :]]
        reached = masks[pair] & ~np.bitwise_or.reduce(later, axis=0)
        errors = wrong[pair] & reached
        ones = (np.bitwise_count(bits).sum(dtype=np.int64) for bits in (current & reached, errors))
        found[pair] = next(ones) - next(ones)
        current = (current & ~reached) | errors
        joined[pair] = True
    return found


def route(masks: NDArray[np.uint8], groups: NDArray[np.int64], ends: NDArray[np.int64], n: int) -> NDArray[np.int32]:
    """The leaf that answers each row, -1 for the initial model."""
    everyone = np.full((n + 7) // 8, 0xFF, dtype=np.uint8)
    reached = np.zeros((len(groups) + 1, len(everyone)), dtype=np.uint8)
    reached[-1] = everyone
    leaf_of = np.full(n, -1, dtype=np.int32)
    for node in range(len(groups) - 1, -1, -1):
        arrived = reached[node + 1]
        hit = arrived & (everyone if groups[node] < 0 else masks[groups[node]])
        reached[node] |= arrived & ~hit
        if ends[node] < 0:
            leaf_of[np.unpackbits(hit, count=n).view(np.bool_)] = node
        else:
            reached[ends[node]] |= hit
    return leaf_of
