"""``python -m scoring.simulate --rows N --submissions M --seed S [--rule rounds|close|naive] [--json]``.

Plays a competition of N hidden rows (a quarter holdout, a quarter guard, half sealed) against each attacker, who makes
M submissions, and prints a row each. `scoring.simulation.rules.Row` says what the columns mean.
"""

import argparse
import json
import sys
from collections.abc import Sequence

from scoring.errors import ScoringError
from scoring.simulation.rules import Row, Rule, simulate


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status: 2, with one sentence, for numbers that make no competition."""
    chosen = _parser().parse_args(arguments)
    try:
        rows = simulate(chosen.rows, chosen.submissions, chosen.seed, Rule(chosen.rule))
    except ScoringError as refusal:
        print(refusal, file=sys.stderr)
        return 2
    print(json.dumps([row.to_json() for row in rows], indent=2) if chosen.json else table(rows))
    return 0


def table(rows: Sequence[Row]) -> str:
    """The rows as aligned text under their names."""
    cells = [list(rows[0].to_json())] if rows else []
    cells += [[_text(value) for value in row.to_json().values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)


def _text(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scoring.simulate", description="Attack a simulated competition.")
    parser.add_argument("--rows", type=int, required=True, help="all hidden rows")
    parser.add_argument("--submissions", type=int, required=True, help="of each attacker")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--rule", choices=[rule.value for rule in Rule], default=Rule.ROUNDS.value)
    parser.add_argument("--json", action="store_true", help="a list of objects instead of a table")
    return parser


if __name__ == "__main__":
    sys.exit(main())
