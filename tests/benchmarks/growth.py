"""`make bench-growth`: re-scoring as rows and groups grow, in time and memory, each against a stated bound.

Rows from 20,000 to 20 million at 1,000 groups, groups from 1 to 100,000 at 200,000 rows; it takes six gigabytes. What
was measured goes to the documentation, which draws it.

The bounds: a full pass takes at most twice as long as reading the same bytes once, and 0.1 ms. After a merge that
changed one row in a hundred the update takes at most a quarter of a full pass, 5 ns a row (finding which changed) and
0.1 ms. Masks take one bit a row and group, their transposed copy the same but for filling up to whole words.
"""

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from scoring import kernels
from scoring.stored_groups import StoredGroups
from tests.benchmarks.arithmetic import read_in_streams
from tests.benchmarks.timing import seconds, timed

OUT: Final = Path(__file__).resolve().parents[2] / "templates" / "docs" / "growth.json"
ROWS: Final = (20_000, 200_000, 2_000_000, 20_000_000)
GROUPS: Final = (1, 10, 100, 1_000, 10_000, 100_000)
AT_GROUPS, AT_ROWS = 1_000, 200_000
RUNS: Final = 7
SLACK_S: Final = 1e-4
FIND_S: Final = 5e-9
Point = dict[str, float]


def main() -> int:
    """Prints a row a size and writes them; 1 if one is beyond its bound."""
    found = measure(ROWS, GROUPS)
    OUT.write_text(json.dumps(found, indent=1) + "\n")
    points = [*found["rows"], *found["groups"]]
    beyond = [point for point in points if not all(within(point))]
    print(f"written to {OUT}; {len(points) - len(beyond)} of {len(points)} sizes are within their bounds")
    return int(bool(beyond))


def measure(rows: tuple[int, ...], groups: tuple[int, ...]) -> dict[str, list[Point]]:
    return {
        "rows": [_shown(point(n, min(AT_GROUPS, max(groups)))) for n in rows],
        "groups": [_shown(point(min(AT_ROWS, max(rows)), g)) for g in groups],
    }


def point(rows: int, groups: int) -> Point:
    """One size: seconds of reading, a full pass and an update; bytes of masks and of their transposed copy."""
    rng = np.random.default_rng(rows + groups)
    masks = rng.integers(0, 256, (groups, (rows + 7) // 8), dtype=np.uint8)
    if rows % 8:
        masks[:, -1] &= 0xFF ^ (0xFF >> rows % 8)
    wrong = rng.random(rows) < 0.2
    planes = [np.packbits(wrong)]
    wrong[rng.choice(rows, max(1, rows // 100), replace=False)] ^= True
    planes.append(np.packbits(wrong))
    stored = StoredGroups(masks, planes[0], rows)
    assert np.array_equal(stored.update(planes[1]), kernels.error_counts(masks, planes[1]))
    turns = iter(range(1, 10**9))
    words = masks.reshape(-1)[: masks.size // 8 * 8].view(np.uint64)
    ways = (
        partial(read_in_streams, words),
        partial(kernels.error_counts, masks, planes[1]),
        lambda: stored.update(planes[next(turns) % 2]),
    )
    read, full, update = _fastest(ways)
    return {
        "rows": rows,
        "groups": groups,
        "read_s": read,
        "full_s": full,
        "update_s": update,
        "mask_bytes": masks.nbytes,
        "transposed_bytes": stored.size_bytes,
    }


def within(found: Point) -> Iterator[bool]:
    """Whether each figure keeps its bound."""
    yield found["full_s"] <= full_bound_s(found)
    yield found["update_s"] <= update_bound_s(found)
    yield found["mask_bytes"] <= found["groups"] * (found["rows"] + 7) / 8
    yield found["transposed_bytes"] <= found["rows"] * (found["groups"] + 63) / 8


def full_bound_s(found: Point) -> float:
    return 2 * found["read_s"] + SLACK_S


def update_bound_s(found: Point) -> float:
    return found["full_s"] / 4 + FIND_S * found["rows"] + SLACK_S


def _fastest(ways: tuple[Callable[[], object], ...]) -> list[float]:
    """The shortest of several runs in turn: what another program on the machine takes is not ours."""
    for way in ways:
        way()
    times = [[timed(way)() for way in ways] for _ in range(RUNS)]
    return [min(column) for column in zip(*times, strict=True)]


def _shown(found: Point) -> Point:
    mark = "within" if all(within(found)) else "BEYOND"
    print(
        f"{found['rows']:>12,} rows {found['groups']:>8,} groups  read {seconds(found['read_s']):>8}"
        f"  full {seconds(found['full_s']):>8}  update {seconds(found['update_s']):>8}"
        f"  masks {found['mask_bytes'] / 1e6:>9,.1f} MB  turned {found['transposed_bytes'] / 1e6:>9,.1f} MB  {mark}",
        flush=True,
    )
    return found


if __name__ == "__main__":
    sys.exit(main())
