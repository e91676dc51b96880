"""``python -m scoring.simulation [--seeds 20] [--sizes 5000 20000] [--rules rounds close naive]``: is it kept?

Plays competitions of 10,000 submissions over many seeds, prints what came of each size and rule, and exits with 1 if
a promise is broken.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from scoring.simulation.rules import Row, Rule, simulate

SUBMISSIONS: Final = 10_000
MOST_FAKED: Final = 0.003
LEAST_FAKED_NAIVELY: Final = 0.05
MOST_FALSE_RUNS: Final = 0.05
LEAST_HONEST: Final = {5_000: 4, 20_000: 9}  # of ten, on average


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m scoring.simulation", description="Measure what is promised.")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(LEAST_HONEST))
    parser.add_argument("--rules", nargs="+", choices=[rule.value for rule in Rule], default=[r.value for r in Rule])
    chosen = parser.parse_args(arguments)
    broken = 0
    for size in chosen.sizes:
        for rule in map(Rule, chosen.rules):
            seeds = range(chosen.first_seed, chosen.first_seed + chosen.seeds)
            runs = [row for seed in seeds for row in simulate(size, SUBMISSIONS, seed, rule)]
            for attacker in dict.fromkeys(row.attacker for row in runs):
                rows = [row for row in runs if row.attacker == attacker]
                faults = broken_promises(rows, size, rule)
                broken += len(faults)
                print(f"{size:6d} {rule.value:6} {attacker:13} {summary(rows)}", *faults, sep="  ", flush=True)
    return int(broken > 0)


def summary(rows: Sequence[Row]) -> str:
    """The means over runs, and the extremes where they matter."""
    faked, honest = ([getattr(row, name) for row in rows] for name in ("faked_gain", "honest_certified"))
    false, spent = ([getattr(row, name) for row in rows] for name in ("false_certificates", "ledger_spent"))
    return (
        f"faked {np.mean(faked):.4f} ({min(faked):.4f} to {max(faked):.4f})  honest {np.mean(honest):.2f} (least "
        f"{min(honest)})  runs with a false certificate {sum(map(bool, false))} of {len(rows)}  spent "
        f"{np.mean(spent):.2f} (most {max(spent):.2f})"
    )


def broken_promises(rows: Sequence[Row], size: int, rule: Rule) -> list[str]:
    """What is promised of a size and rule and does not hold, in words.

    Example:
        >>> honest = Row("boosting", 0.0, 0.0, 0.0, 10, 10, 0, 0.4)
        >>> broken_promises([honest], 20_000, Rule.ROUNDS), broken_promises([honest], 20_000, Rule.NAIVE)
        ([], ['BROKEN: the naive rule is not fooled'])
    """
    return [f"BROKEN: {words}" for words, holds in _promises(rows, size, rule) if not holds]


def _promises(rows: Sequence[Row], size: int, rule: Rule) -> Iterable[tuple[str, bool]]:
    faked = float(np.mean([row.faked_gain for row in rows]))
    if rule is Rule.NAIVE:
        yield "the naive rule is not fooled", min(row.faked_gain for row in rows) >= LEAST_FAKED_NAIVELY
        return
    yield "gain is faked", abs(faked) <= MOST_FAKED
    yield "false certificates", float(np.mean([row.false_certificates > 0 for row in rows])) <= MOST_FALSE_RUNS
    honest = float(np.mean([row.honest_certified for row in rows]))
    yield "honest patches are not certified", honest >= LEAST_HONEST.get(size, 0)


if __name__ == "__main__":
    sys.exit(main())
