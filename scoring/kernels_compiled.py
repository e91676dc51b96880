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
BLOCK_WORDS = 64


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


@compiled
def shared_by_four(flat: Packed, starts: tuple[int, int, int, int], plane: Packed) -> tuple[int, int, int, int]:
    """Rows that the masks at four places share with a plane, read as four streams."""
    first, second, third, fourth = starts
    a = b = c = d = numba.uint64(0)
    words = plane.size // WORD_BYTES
    for word in range(words):
        at = word * WORD_BYTES
        bits = word_at(plane, at)
        a += popcount(word_at(flat, first + at) & bits)
        b += popcount(word_at(flat, second + at) & bits)
        c += popcount(word_at(flat, third + at) & bits)
        d += popcount(word_at(flat, fourth + at) & bits)
    for at in range(words * WORD_BYTES, plane.size):
        a += popcount(numba.uint64(flat[first + at] & plane[at]))
        b += popcount(numba.uint64(flat[second + at] & plane[at]))
        c += popcount(numba.uint64(flat[third + at] & plane[at]))
        d += popcount(numba.uint64(flat[fourth + at] & plane[at]))
    return numba.int64(a), numba.int64(b), numba.int64(c), numba.int64(d)


@compiled
def error_counts(masks: NDArray[np.uint8], plane: Packed) -> NDArray[np.int64]:
    """Rows that each mask shares with one plane: (g,). Four streams far apart read memory faster than one."""
    groups, size = masks.shape
    found = np.zeros(groups, dtype=np.int64)
    flat = masks.reshape(-1)
    quarter = groups // 4
    for g in range(quarter):
        at = (g * size, (quarter + g) * size, (2 * quarter + g) * size, (3 * quarter + g) * size)
        shared = shared_by_four(flat, at, plane)
        found[g], found[quarter + g], found[2 * quarter + g], found[3 * quarter + g] = shared
    for g in range(4 * quarter, groups):
        found[g] = overlap(masks[g], plane)
    return found


@compiled
def add_eight(planes: NDArray[np.uint64], carries: NDArray[np.uint64], flat: Packed, starts: NDArray[np.int64]) -> None:
    """Add eight rows of bits to the ones, twos and fours of bit-sliced counters; the eights go to ``carries``.

    Carry-save adders (Harley & Seal; Mula, Kurz & Lemire 2018): seven of them, where eight additions are sixteen or
    more. ``planes`` (p, words): bit k of the counter of the group at bit b of word w is bit b of planes[k, w].
    """
    r0, r1, r2, r3, r4, r5, r6, r7 = starts
    for word in range(carries.size):
        at = word * WORD_BYTES
        ones, twos, fours = planes[0, word], planes[1, word], planes[2, word]
        a, b = word_at(flat, r0 + at), word_at(flat, r1 + at)
        half = ones ^ a
        first, ones = (ones & a) | (half & b), half ^ b
        a, b = word_at(flat, r2 + at), word_at(flat, r3 + at)
        half = ones ^ a
        second, ones = (ones & a) | (half & b), half ^ b
        half = twos ^ first
        left, twos = (twos & first) | (half & second), half ^ second
        a, b = word_at(flat, r4 + at), word_at(flat, r5 + at)
        half = ones ^ a
        first, ones = (ones & a) | (half & b), half ^ b
        a, b = word_at(flat, r6 + at), word_at(flat, r7 + at)
        half = ones ^ a
        second, ones = (ones & a) | (half & b), half ^ b
        half = twos ^ first
        right, twos = (twos & first) | (half & second), half ^ second
        half = fours ^ left
        carries[word] = (fours & left) | (half & right)
        planes[0, word], planes[1, word], planes[2, word] = ones, twos, half ^ right


@compiled
def carry_on(planes: NDArray[np.uint64], carries: NDArray[np.uint64], plane: int) -> None:
    """Add ``carries`` to the counters from ``plane`` upwards, until nothing is carried."""
    left = numba.uint64(1)
    while left and plane < planes.shape[0]:
        left = numba.uint64(0)
        for word in range(carries.size):
            both = planes[plane, word] & carries[word]
            planes[plane, word] ^= carries[word]
            carries[word] = both
            left |= both
        plane += 1


@compiled
def read_counters(planes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The numbers that bit-sliced counters hold, in packbits order: (64 * words,)."""
    found = np.zeros(64 * planes.shape[1], dtype=np.int64)
    for word in range(planes.shape[1]):
        for plane in range(planes.shape[0]):
            bits = planes[plane, word]
            for byte in range(8):
                for bit in range(8):
                    one = numba.int64((bits >> numba.uint64(8 * byte + 7 - bit)) & numba.uint64(1))
                    found[64 * word + 8 * byte + bit] += one << plane
    return found


@compiled
def column_counts(rows_of_bits: NDArray[np.uint8], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of ``rows`` have each column's bit: (8 * bytes,); the bytes of a row are a multiple of eight."""
    size = rows_of_bits.shape[1]
    words = size // WORD_BYTES
    deepest = 4
    while (1 << deepest) <= rows.size:
        deepest += 1
    planes = np.zeros((deepest, words), dtype=np.uint64)
    carries = np.zeros(words, dtype=np.uint64)
    flat = rows_of_bits.reshape(-1)
    eights = rows.size // 8 * 8
    for k in range(0, eights, 8):
        add_eight(planes, carries, flat, rows[k : k + 8] * size)
        carry_on(planes, carries, 3)
    for k in range(eights, rows.size):
        for word in range(words):
            carries[word] = word_at(flat, rows[k] * size + word * WORD_BYTES)
        carry_on(planes, carries, 0)
    return read_counters(planes)


@compiled
def turn_eight(square: int) -> int:
    """Eight rows of eight bits, the first row lowest, transposed (Warren, Hacker's Delight, 7-3)."""
    x = numba.uint64(square)
    swap = (x ^ (x >> numba.uint64(7))) & numba.uint64(0x00AA00AA00AA00AA)
    x = x ^ swap ^ (swap << numba.uint64(7))
    swap = (x ^ (x >> numba.uint64(14))) & numba.uint64(0x0000CCCC0000CCCC)
    x = x ^ swap ^ (swap << numba.uint64(14))
    swap = (x ^ (x >> numba.uint64(28))) & numba.uint64(0x00000000F0F0F0F0)
    return x ^ swap ^ (swap << numba.uint64(28))  # type: ignore[no-any-return]


@compiled
def gather_square(masks: NDArray[np.uint8], first: int, byte: int) -> int:
    """One byte of each of eight masks, so that turning it gives bytes of rows in packbits order."""
    square = numba.uint64(0)
    for k in range(min(8, masks.shape[0] - first)):
        square |= numba.uint64(masks[first + k, byte]) << numba.uint64(8 * (7 - k))
    return square  # type: ignore[no-any-return]


@compiled
def transpose(masks: NDArray[np.uint8], turned: NDArray[np.uint8]) -> None:
    """Write the bits of ``masks`` (g, bytes) column by column into ``turned`` (n, row bytes), which is zero."""
    n, groups = turned.shape[0], masks.shape[0]
    for block in range(0, masks.shape[1], 64):  # so that the lines that are written to stay in the cache
        for first in range(0, groups, 8):
            for byte in range(block, min(block + 64, masks.shape[1])):
                square = turn_eight(gather_square(masks, first, byte))
                for bit in range(min(8, n - 8 * byte)):
                    turned[8 * byte + bit, first // 8] = (square >> numba.uint64(8 * (7 - bit))) & numba.uint64(0xFF)


@compiled
def join(
    pair: int,
    at: int,
    joined: NDArray[np.bool_],
    masks: NDArray[np.uint64],
    wrong: NDArray[np.uint64],
    current: NDArray[np.uint64],
) -> int:
    """Let a pair answer the rows of one block that no later merged pair answers yet; the errors that this takes off."""
    taken = np.zeros(current.size, dtype=np.uint64)
    for later in range(pair + 1, joined.size):
        if joined[later]:
            for word in range(current.size):
                taken[word] |= masks[later, at + word]
    before = after = numba.uint64(0)
    for word in range(current.size):
        reached = masks[pair, at + word] & ~taken[word]
        errors = wrong[pair, at + word] & reached
        before += popcount(current[word] & reached)
        after += popcount(errors)
        current[word] = (current[word] & ~reached) | errors
    return numba.int64(before) - numba.int64(after)  # type: ignore[no-any-return]


@compiled
def additions(
    order: NDArray[np.int64], masks: NDArray[np.uint64], wrong: NDArray[np.uint64], before: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Errors that each pair takes off when the pairs join in this order, each at its place in merge order: (k,)."""
    found = np.zeros(order.size, dtype=np.int64)
    joined = np.zeros(order.size, dtype=np.bool_)
    for at in range(0, before.size, BLOCK_WORDS):  # all pairs' words of a block stay in the cache
        current = before[at : at + BLOCK_WORDS].copy()
        joined[:] = False
        for pair in order:
            found[pair] += join(pair, at, joined, masks, wrong, current)
            joined[pair] = True
    return found


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
