"""Hunters beside SliceLine and a beam search: how long each takes, and how much of each planted group it finds.

Prints a table and writes it as JSON for the documentation: ``make bench-hunters``. SliceLine (Sagadeeva & Boehm 2021)
and beam search (as in subgroup discovery) are small forms of their own, on raw error, as published.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from scoring import lending
from scoring.hunters import STRATEGIES, Hunt, find, read
from scoring.hunters.coding import Numbers, coded
from scoring.predicates import evaluate
from scoring.types import Bools

OUT: Final = Path(__file__).parents[2] / "templates/docs/hunters.json"
FOUND_FROM: Final = 0.7  # overlap with a planted group from which it counts as found
NAMED: Final = (*lending.DEMOGRAPHIC, "age", "home_ownership", "loan_purpose")
BROUGHT: Final = 8
ALPHA: Final = 0.95  # SliceLine's weight of error against size
WIDTH: Final = 40  # of the beam
DEPTH: Final = 3
Search = Callable[[Hunt], Iterator[Bools]]


def hunting_ground(seed: int) -> Hunt:
    """All rows of the lending data: the labels are generated, so none is hidden here."""
    rows = pd.concat(lending.generate(seed).values(), ignore_index=True)
    told = {"features": lending.FEATURES, "label": lending.LABEL, "answers": lending.DECISION}
    more = {"positive": lending.REPAID, "min_rows": 200, "most": BROUGHT, "columns": NAMED}
    dice = np.random.default_rng(seed)
    return read(rows, **told, task="binary_classification", loss="zero_one", rng=dice, **more)  # type: ignore[arg-type]


def masks_of(hunt: Hunt) -> list[Bools]:
    """Every category, and both sides of a few edges: the same tests for the peers."""
    found = []
    for place, feature in enumerate(coded(hunt.named).features):
        if isinstance(feature, Numbers):
            step = max(1, len(feature.edges) // 6)
            for edge in range(step // 2, len(feature.edges), step):
                found += [coded(hunt.named).mask({place: (-1, edge)}), coded(hunt.named).mask({place: (edge, 1 << 14)})]
        else:
            found.append(feature.codes > 0)
    return found


def slice_line(hunt: Hunt) -> Iterator[Bools]:
    """The best slices by SliceLine's score, level by level, pruned by size and by the score's upper bound."""
    learnt, tests = ~hunt.judged, masks_of(hunt)
    n, errors = int(learnt.sum()), hunt.losses * learnt
    mean, least = errors.sum() / n, hunt.min_rows * n / hunt.n

    def score(size: float, error: float) -> float:
        return ALPHA * (error / size / mean - 1) - (1 - ALPHA) * (n / size - 1)

    best: list[tuple[float, Bools]] = []
    level = [(-1, learnt)]
    for _ in range(DEPTH):
        extended = []
        for last, mask in level:
            for at in range(last + 1, len(tests)):
                joined = mask & tests[at]
                size, error = float(joined.sum()), float(errors[joined].sum())
                if size < least or error == 0:
                    continue
                best.append((score(size, error), joined))
                bound = max(score(part, min(error, part)) for part in (max(least, error), size))
                if bound > (best[BROUGHT - 1][0] if len(best) >= BROUGHT else 0.0):
                    extended.append((at, joined))
        best = sorted(best, key=lambda one: -one[0])[:BROUGHT]
        level = extended
    yield from (mask for _, mask in best)


def beam_search(hunt: Hunt) -> Iterator[Bools]:
    """The widest beam of conjunctions by how far their mean error stands out, at three tests."""
    learnt, tests = ~hunt.judged, masks_of(hunt)
    mean, least = hunt.losses[learnt].mean(), hunt.min_rows * learnt.mean()

    def quality(mask: Bools) -> float:
        return float(np.sqrt(mask.sum()) * (hunt.losses[mask].mean() - mean)) if mask.sum() >= least else -np.inf

    found: dict[bytes, tuple[float, Bools]] = {}
    beam = [learnt]
    for _ in range(DEPTH):
        level = {(mask & test).tobytes(): mask & test for mask in beam for test in tests}
        ranked = sorted(((quality(mask), mask) for mask in level.values()), key=lambda one: -one[0])[:WIDTH]
        found |= {mask.tobytes(): (value, mask) for value, mask in ranked if np.isfinite(value)}
        beam = [mask for _, mask in ranked]
    yield from (mask for _, mask in sorted(found.values(), key=lambda one: -one[0])[:BROUGHT])


def of_strategy(name: str) -> Search:
    return lambda hunt: (found.mask for found in find(hunt, name, np.random.default_rng(0)))


SEARCHES: Final[dict[str, Search]] = {
    **{name: of_strategy(name) for name in STRATEGIES},
    "SliceLine": slice_line,
    "beam search": beam_search,
}


def measured(hunt: Hunt, search: Search) -> dict[str, Any]:
    """Seconds, groups brought back, and for each planted group the overlap (Jaccard) of the nearest one."""
    begun = time.perf_counter()
    masks = list(islice(search(hunt), BROUGHT))
    seconds = time.perf_counter() - begun
    rows = ~hunt.judged  # peers know no others
    overlaps = []
    for group in lending.PLANTED:
        planted = evaluate(group.predicate, hunt.table) & rows
        shares = [(planted & mask).sum() / (planted | (mask & rows)).sum() for mask in masks]
        overlaps.append(round(float(max(shares, default=0.0)), 2))
    found = sum(overlap >= FOUND_FROM for overlap in overlaps)
    return {"seconds": round(seconds, 2), "groups": len(masks), "found": found, "overlaps": overlaps}


def main() -> None:
    hunt = hunting_ground(2022)
    rows = [{"name": name, **measured(hunt, search)} for name, search in SEARCHES.items()]
    planted = [{"group": str(group.predicate.to_text()), "weight": group.weight} for group in lending.PLANTED]
    table = {"rows": hunt.n, "found_from": FOUND_FROM, "planted": planted, "searches": rows}
    for row in rows:
        print(f"{row['name']:12} {row['seconds']:8.2f} s  {row['found']} of {len(planted)}  {row['overlaps']}")
    OUT.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"written to {OUT.name}\n")


if __name__ == "__main__":
    main()
