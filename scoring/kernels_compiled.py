"""The bit kernels compiled by numba, 64 rows a word; machine code is cached beside this file where it may."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from scoring.types import Packed

Function = TypeVar("Function", bound=Callable[..., Any])
WORD_BYTES = 8


def compiled(function: Function) -> Function:
    """Compile on first use; keep the machine code for later processes unless no folder may be written."""
    try:
        return numba.njit(cache=True, nogil=True)(function)  # type: ignore[no-any-return]  # numba has no types
    except RuntimeError:  # "no locator available": a read-only installation without a home
        return numba.njit(nogil=True)(function)  # type: ignore[no-any-return]


@intrinsic  # type: ignore[untyped-decorator]
def popcount(typing_context: Any, word: Any) -> Any:
    """The processor's own count of ones; numba offers none."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@intrinsic  # type: ignore[untyped-decorator]
def word_at(typing_context: Any, data: Any, offset: Any) -> Any:
    """Eight bytes of a contiguous byte array from ``offset``, not always a multiple of eight (rows of a stack)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        pointer = cgutils.gep_inbounds(builder, array.data, arguments[1])
        return builder.load(builder.bitcast(pointer, ir.IntType(64).as_pointer()), align=1, typ=ir.IntType(64))

    return types.uint64(data, types.intp), generate


@compiled
def counts(mask: Packed, model_wrong: Packed, patch_wrong: Packed) -> tuple[int, int, int, int]:
    """Rows, the model's errors, the patch's errors, and the errors of both, in the group."""
    rows = model = patch = both = numba.uint64(0)
    words = mask.size // WORD_BYTES
    for word in range(words):
        at = word * WORD_BYTES
        group = word_at(mask, at)
        model_bits = group & word_at(model_wrong, at)
        patch_bits = group & word_at(patch_wrong, at)
        rows += popcount(group)
        model += popcount(model_bits)
        patch += popcount(patch_bits)
        both += popcount(model_bits & patch_bits)
    for at in range(words * WORD_BYTES, mask.size):
        group = numba.uint64(mask[at])
        model_bits = group & numba.uint64(model_wrong[at])
        patch_bits = group & numba.uint64(patch_wrong[at])
        rows += popcount(group)
        model += popcount(model_bits)
        patch += popcount(patch_bits)
        both += popcount(model_bits & patch_bits)
    return numba.int64(rows), numba.int64(model), numba.int64(patch), numba.int64(both)


@compiled
def group_counts(masks: NDArray[np.uint8], model_wrong: Packed, patch_wrong: NDArray[np.uint8]) -> NDArray[np.int64]:
    """``counts`` of each group: (g, 4)."""
    table = np.zeros((masks.shape[0], 4), dtype=np.int64)
    for i in range(masks.shape[0]):
        table[i, 0], table[i, 1], table[i, 2], table[i, 3] = counts(masks[i], model_wrong, patch_wrong[i])
    return table


@compiled
def overlap(mask: Packed, plane: Packed) -> int:
    """Rows that a mask shares with a plane."""
    shared = numba.uint64(0)
    words = mask.size // WORD_BYTES
    for word in range(words):
        shared += popcount(word_at(mask, word * WORD_BYTES) & word_at(plane, word * WORD_BYTES))
    for at in range(words * WORD_BYTES, mask.size):
        shared += popcount(numba.uint64(mask[at] & plane[at]))
    return numba.int64(shared)  # type: ignore[no-any-return]


@compiled
def overlaps(masks: NDArray[np.uint8], planes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Rows that each mask shares with each plane: (g, v)."""
    table = np.zeros((masks.shape[0], planes.shape[0]), dtype=np.int64)
    for g in range(masks.shape[0]):
        for v in range(planes.shape[0]):
            table[g, v] = overlap(masks[g], planes[v])
    return table


@intrinsic  # type: ignore[untyped-decorator]
def lowest_one(typing_context: Any, word: Any) -> Any:
    """The position of the lowest one in a word that is not zero."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


@compiled
def word_or_tail(packed: Packed, at: int, end: int) -> int:
    """The word at byte ``at``; bytes from ``end`` on are zero. Little-endian, as every machine numba compiles for."""
    if at + WORD_BYTES <= end:
        return word_at(packed, at)  # type: ignore[no-any-return]
    word = numba.uint64(0)
    for byte in range(at, end):
        word |= numba.uint64(packed[byte]) << numba.uint64(8 * (byte - at))
    return word  # type: ignore[no-any-return]


@compiled
def mark(leaf_of: NDArray[np.int32], hit: int, at: int, node: int) -> None:
    """Write the node for each row whose bit is set; in packbits order the first row of a byte is its highest bit."""
    while hit:
        bit = numba.int64(lowest_one(hit))
        leaf_of[8 * (at + bit // 8) + 7 - bit % 8] = node
        hit &= hit - numba.uint64(1)


@compiled
def route(masks: NDArray[np.uint8], groups: NDArray[np.int64], ends: NDArray[np.int64], n: int) -> NDArray[np.int32]:
    """The leaf that answers each row, -1 for the initial model."""
    size = (n + 7) // 8
    leaf_of = np.full(8 * size, -1, dtype=np.int32)  # whole bytes: padding rows may be marked too
    nodes = groups.size
    reached = np.zeros(nodes + 1, dtype=np.uint64)
    everyone = np.full(size, 0xFF, dtype=np.uint8)
    packed = masks.reshape(-1)  # one row of a 2-D array would be a counted view, which costs more than the word
    for at in range(0, size, WORD_BYTES):
        reached[:] = 0
        reached[nodes] = word_or_tail(everyone, at, size)
        for node in range(nodes - 1, -1, -1):
            arrived = reached[node + 1]
            if arrived == 0:
                continue
            start = groups[node] * size
            hit = arrived if start < 0 else arrived & word_or_tail(packed, start + at, start + size)
            reached[node] |= arrived & ~hit
            if ends[node] >= 0:
                reached[ends[node]] |= hit
            else:
                mark(leaf_of, hit, at, node)
    return leaf_of[:n]
