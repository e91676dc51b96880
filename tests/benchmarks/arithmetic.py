"""Counting on stored arrays, against the tools that people use for it today and against reading the memory once."""

from collections.abc import Iterator
from functools import partial

import numba
import numpy as np
from numpy.typing import NDArray

from scoring import kernels
from scoring.masks import pack
from scoring.stored_groups import StoredGroups
from tests.benchmarks.peer_process import peers
from tests.benchmarks.timing import Row, in_turn, timed

ROWS = 200_000
GROUPS = 10_000
AIMS = {"fairlearn": 100_000.0, "aequitas": 1.0, "pandas": 1.0, "numpy": 50.0}
NAMES = {
    "fairlearn": "fairlearn MetricFrame",
    "aequitas": "aequitas crosstabs",
    "pandas": "pandas groupby",
    "numpy": "numpy boolean index",
}


def certificate_counts() -> Iterator[Row]:
    """One group's counts for a certificate from stored bits; the peers count the group's errors alone."""
    rng = np.random.default_rng(0)
    y, model, patch = (rng.integers(0, 2, ROWS) for _ in range(3))
    mask = rng.random(ROWS) < 0.13
    planes = pack(mask), pack(model != y), pack(patch != y)
    found = kernels.counts(*planes)
    assert (found.rows, found.model_wrong) == (mask.sum(), (model != y)[mask].sum())
    ours = timed(partial(kernels.counts, *planes), 1000)
    with peers(y=y, model=model, mask=mask) as ways:
        for name, way in ways.items():
            times = in_turn(ours, way, runs=5 if name == "fairlearn" else 15)
            yield Row(
                "one group's counts from a stored mask", f"{ROWS:,} rows", times[0], NAMES[name], times[1], AIMS[name]
            )


def rescoring() -> Iterator[Row]:
    """Every stored group's errors: in full against reading the buffer, and after a merge against in full.

    Reading is the fastest of three ways over the same bytes as 64-bit words: numpy's sum, numpy's or, and or compiled
    with four streams, as the kernel reads.
    """
    rng = np.random.default_rng(1)
    masks = rng.integers(0, 256, (GROUPS, ROWS // 8), dtype=np.uint8)
    wrong = rng.random(ROWS) < 0.2
    changed = rng.choice(ROWS, ROWS // 100, replace=False)
    merged = wrong.copy()
    merged[changed] ^= True
    planes = [pack(wrong), pack(merged)]
    groups = StoredGroups(masks, planes[0], ROWS)
    words = masks.view(np.uint64).reshape(-1)
    state = [0]

    def update() -> None:
        state[0] = 1 - state[0]
        groups.update(planes[state[0]])

    full = partial(kernels.error_counts, masks, planes[1])
    update()
    assert np.array_equal(groups.errors, full())
    read_in_streams(words)
    reads = [timed(words.sum), timed(partial(np.bitwise_or.reduce, words)), timed(partial(read_in_streams, words))]
    ours, after, *readings = in_turn(timed(full), timed(update), *reads, runs=25)
    size = f"{GROUPS:,} groups, {ROWS:,} rows"
    yield Row("re-score every stored group", size, ours, "reading the buffer once", min(readings), 1 / 1.25)
    yield Row("the same after a merge that changed 1 %", size, after, "the full pass", ours, 10)


@numba.njit  # type: ignore[untyped-decorator]
def read_in_streams(words: NDArray[np.uint64]) -> int:
    quarter = words.size // 4
    a = b = c = d = numba.uint64(0)
    for at in range(quarter):
        a |= words[at]
        b |= words[quarter + at]
        c |= words[2 * quarter + at]
        d |= words[3 * quarter + at]
    return a | b | c | d
