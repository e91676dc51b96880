"""The exhaustive hunter: every conjunction of at most three tests, counted on packed bits (ALGORITHMS 5, 10).

Excess loss is written in fixed point, a bit plane a binary digit, so that a sum over a group is eight AND-and-popcounts
and a whole number. Conjunctions below the smallest size are not extended; nothing else is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring import kernels
from scoring.hunters.coding import Interval, Numbers, Path, coded
from scoring.hunters.excess import excess_of
from scoring.hunters.hunt import Found, Hunt
from scoring.hunters.tree import SURE, sureness
from scoring.predicates import evaluate
from scoring.types import Bools, Floats

NAME: Final = "exhaustive"
BITS: Final = 8
DEPTH: Final = 3
EDGES: Final = 6  # of a number column, above and below each
KEPT: Final = 400  # conjunctions, of which those that add rows are brought back
MOST_TESTS: Final = 120  # the commonest categories and edges beyond are left out


@dataclass(frozen=True)
class Planes:
    """A bit plane for all rows, and one for each digit of the excess, which is read as digits * scale + low."""

    packed: NDArray[np.uint8]
    low: float
    scale: float

    @classmethod
    def of(cls, excess: Floats) -> "Planes":
        low, high = float(excess.min()), float(excess.max())
        scale = (high - low) / (2**BITS - 1) or 1.0
        digits = np.rint((excess - low) / scale).astype(np.int64)
        planes = [np.ones(len(excess), dtype=np.bool_), *((digits >> bit & 1).astype(np.bool_) for bit in range(BITS))]
        return cls(np.packbits(np.stack(planes), axis=1), low, scale)

    def sums(self, masks: NDArray[np.uint8]) -> tuple[Floats, Floats]:
        """The rows and the summed excess of each mask (m, bytes)."""
        counted = kernels.overlaps(masks, self.packed).astype(np.float64)
        rows = counted[:, 0]
        return rows, rows * self.low + self.scale * (counted[:, 1:] @ 2.0 ** np.arange(BITS))


@dataclass(frozen=True)
class Conjunction:
    """A path of codes, its mask on the learnt rows, and how sure its excess is."""

    path: Path
    packed: NDArray[np.uint8]
    sure: float


def exhaustive(hunt: Hunt, rng: np.random.Generator) -> Iterator[Found]:
    """The surest conjunctions that are not mostly one another's rows; the platform trains their patches."""
    excess = excess_of(hunt, rng)
    learnt = np.flatnonzero(~hunt.judged)
    features = coded(hunt.named)
    planes = Planes.of(excess.loss[learnt])
    tests = [(path, features.mask(path)[learnt]) for path in _tests(hunt)]
    least = max(2, round(hunt.min_rows * len(learnt) / hunt.n))
    spread = float(np.std(excess.loss[learnt]))
    found = _search(tests, planes, least=least, spread=spread)
    left = np.ones(len(learnt), dtype=np.bool_)
    brought = 0
    while found and brought < hunt.most:
        best = max(found, key=lambda one: _sure_of(one, left, excess.loss[learnt], spread))
        if _sure_of(best, left, excess.loss[learnt], spread) < SURE:
            return
        found.remove(best)
        group = features.predicate(best.path)
        mask = evaluate(group, hunt.table)
        if hunt.takes(mask):
            brought += 1
            left &= ~mask[learnt]
            yield Found(NAME, group, hunt.judge(mask, excess.answers), mask, excess.answers)


def _sure_of(one: Conjunction, left: Bools, loss: Floats, spread: float) -> float:
    inside = np.unpackbits(one.packed, count=len(left)).view(np.bool_) & left
    return float(sureness(inside.sum(), loss[inside].mean(), spread)) if inside.any() else -np.inf


def _tests(hunt: Hunt) -> list[Path]:
    """Each category, and each side of a few edges of each number, as paths of one interval."""
    found: list[Path] = []
    for place, feature in enumerate(coded(hunt.named).features):
        if isinstance(feature, Numbers):
            step = max(1, len(feature.edges) // EDGES)
            for edge in range(step // 2, len(feature.edges), step):
                found += [{place: (-1, edge)}, {place: (edge, 1 << 14)}]
        else:
            found.append({place: (0, 1)})
    return found[:MOST_TESTS]


def _search(tests: list[tuple[Path, Bools]], planes: Planes, *, least: int, spread: float) -> list[Conjunction]:
    """The surest conjunctions of at most ``DEPTH`` tests, ``KEPT`` of them."""
    packed = np.stack([np.packbits(mask) for _, mask in tests]) if tests else np.zeros((0, 1), dtype=np.uint8)
    kept: list[Conjunction] = []
    level: list[tuple[Path, int, NDArray[np.uint8]]] = [({}, -1, np.full(packed.shape[1], 0xFF, dtype=np.uint8))]
    for depth in range(1, DEPTH + 1):
        extended: list[tuple[Path, int, NDArray[np.uint8]]] = []
        for path, last, mask in level:
            masks = packed[last + 1 :] & mask
            rows, sums = planes.sums(masks)
            sure = sureness(np.maximum(rows, 1), sums / np.maximum(rows, 1), spread)
            for at in np.flatnonzero(rows >= least).tolist():
                joined = _joined(path, tests[last + 1 + at][0])
                if joined is None:
                    continue
                if sure[at] >= SURE:
                    kept.append(Conjunction(joined, masks[at], float(sure[at])))
                if depth < DEPTH:
                    extended.append((joined, last + 1 + at, masks[at]))
        level = extended
        kept = sorted(kept, key=lambda one: (-one.sure, len(one.path)))[:KEPT]
    return kept


def _joined(path: Path, more: Path) -> Path | None:
    """Both together; None where one column would be asked twice for nothing."""
    ((place, interval),) = more.items()
    if place not in path:
        return {**path, place: interval}
    low, high = path[place]
    narrowed: Interval = (max(low, interval[0]), min(high, interval[1]))
    return None if narrowed in (path[place], interval) or narrowed[0] >= narrowed[1] else {**path, place: narrowed}
