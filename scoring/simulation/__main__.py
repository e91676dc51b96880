"""``python -m scoring.simulation [--seeds 20] [--sizes 5000 20000] [--rules rounds close naive]``: is it kept?

Plays competitions of 10,000 submissions over many seeds, then the attack on repairs and seasons of 46 teams; prints
what came of each, and exits with 1 if a promise is broken.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from scoring.simulation.repairs import attack_repairs
from scoring.simulation.rules import Row, Rule, simulate
from scoring.simulation.season import TEAMS, play_season

SUBMISSIONS: Final = 10_000
MOST_FAKED: Final = 0.003
LEAST_FAKED_NAIVELY: Final = 0.05
MOST_FALSE_RUNS: Final = 0.05
MOST_UNDONE: Final = 0.05  # of what honest patches gain
LEAST_UNDONE_ON_HOLDOUT: Final = 0.20
REPAIR_QUERIES: Final = 4_000
LEAST_HONEST_IN_SEASON: Final = {20_000: 9}  # of ten: at 5,000 rows luck looks too much like evidence
LEAST_HONEST: Final = {5_000: 4, 20_000: 9}  # of ten, on average


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m scoring.simulation", description="Measure what is promised.")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(LEAST_HONEST))
    parser.add_argument("--rules", nargs="+", choices=[rule.value for rule in Rule], default=[r.value for r in Rule])
    chosen = parser.parse_args(arguments)
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.seeds)
    broken = sum(_attacked(size, Rule(rule), seeds) for size in chosen.sizes for rule in chosen.rules)
    broken += sum(_repaired(size, seeds) for size in chosen.sizes)
    broken += sum(_season(size, seeds) for size in chosen.sizes)
    return int(broken > 0)


def _attacked(size: int, rule: Rule, seeds: Sequence[int]) -> int:
    """How many promises attacked competitions break."""
    runs = [row for seed in seeds for row in simulate(size, SUBMISSIONS, seed, rule)]
    broken = 0
    for attacker in dict.fromkeys(row.attacker for row in runs):
        rows = [row for row in runs if row.attacker == attacker]
        faults = broken_promises(rows, size, rule)
        broken += len(faults)
        print(f"{size:6d} {rule.value:6} {attacker:13} {summary(rows)}", *faults, sep="  ", flush=True)
    return broken


def _repaired(size: int, seeds: Sequence[int]) -> int:
    """How many promises the attack on repairs breaks: harmless by the guard split, harmful by the holdout."""
    shares = {}
    for on_holdout in (False, True):
        found = [attack_repairs(size, REPAIR_QUERIES, seed, on_holdout=on_holdout) for seed in seeds]
        shares[on_holdout] = [each.undone / each.honest_gain for each in found]
        decided = "holdout" if on_holdout else "guard"
        undone = f"{np.mean(shares[on_holdout]):.3f} ({min(shares[on_holdout]):.3f} to {max(shares[on_holdout]):.3f})"
        print(f"{size:6d} repairs decided on {decided:7}  share of the honest gain undone {undone}", flush=True)
    faults = [f"BROKEN: repairs on {where}" for where, holds in _repair_promises(shares) if not holds]
    print(*faults, sep="\n", end="\n" if faults else "")
    return len(faults)


def _repair_promises(shares: Mapping[bool, Sequence[float]]) -> Iterable[tuple[str, bool]]:
    yield "the guard split undo honest patches", float(np.mean(shares[False])) <= MOST_UNDONE
    yield "the holdout undo none, so that nothing is shown", float(np.mean(shares[True])) >= LEAST_UNDONE_ON_HOLDOUT


def _season(size: int, seeds: Sequence[int]) -> int:
    """How many promises seasons of 46 teams break."""
    found = [play_season(size, seed) for seed in seeds]
    honest, false = ([getattr(each, name) for each in found] for name in ("honest_certified", "false_certificates"))
    tests, spent = ([getattr(each, name) for each in found] for name in ("tests", "spent"))
    level = np.exp(np.mean(np.log([each.last_level for each in found])))
    print(
        f"{size:6d} season of {TEAMS} teams  honest {np.mean(honest):.2f} (least {min(honest)})  runs with a false "
        f"certificate {sum(map(bool, false))} of {len(false)}  tests {np.mean(tests):.1f}  spent {np.mean(spent):.2f}"
        f"  level of the last test {level:.1e}",
        flush=True,
    )
    kept = (
        float(np.mean(honest)) >= LEAST_HONEST_IN_SEASON.get(size, 0),
        np.mean([n > 0 for n in false]) <= MOST_FALSE_RUNS,
    )
    for words, holds in zip(("honest patches", "false certificates"), kept, strict=True):
        print(f"BROKEN: {words} of the season\n" if not holds else "", end="")
    return sum(not holds for holds in kept)


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
