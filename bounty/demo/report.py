"""What the demonstration prints: the board, the ledger, the model's error by version and by group."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bounty_client.answers import Candidate, Round, Standing, Version

if TYPE_CHECKING:
    from bounty.demo.main_job import Competitor

Say = Callable[[str], object]
SPLITS: Final = ("holdout", "guard", "sealed")
MOST_GROUPS: Final = 40


def verdicts(entrants: "Sequence[Competitor]", *, say: Say) -> None:
    """Each entrant's submissions by what came of them, and how long a verdict took."""
    say("\nSubmissions")
    rows = []
    for entrant in entrants:
        codes = sorted({sent.code for sent in entrant.sent})
        counted = ", ".join(f"{sum(sent.code == code for sent in entrant.sent)} {code}" for code in codes)
        rows.append([entrant.team, len(entrant.sent), sum(sent.passes_gate for sent in entrant.sent), counted or "-"])
    _table(["team", "sent", "pass the gate", "verdicts"], rows, say=say)
    busy = [entrant for entrant in entrants if entrant.sent]
    if busy:
        p50, p95 = np.quantile([sent.seconds for entrant in busy for sent in entrant.sent], (0.5, 0.95))
        say(f"Upload to verdict, with submissions of {len(busy)} at a time: p50 {p50:.2f} s, p95 {p95:.2f} s")


def ledger(rounds: Iterable[Round], *, delta: float, say: Say) -> None:
    """Every sealed test in its order, with what it was allowed and what it cost."""
    say(f"\nLedger of the sealed split (delta {delta:g})")
    fields = ("t", "q", "level", "spent_before", "spent_after")
    rows = [
        [held["number"], *(_number(dict(test)[name]) for name in fields), _outcome(test), test["team"]]
        for held in rounds
        for test in held["candidates"]
    ]
    _table(["round", "t", "q", "level", "spent before", "after", "passed", "team"], rows, say=say)


def _outcome(test: Candidate) -> str:
    if test["passed"] is None:
        return f"not tested ({test['sent_back']})"
    return "yes" if test["passed"] else "no"


def board(standings: Iterable[Standing], *, say: Say) -> None:
    say("\nBoard")
    fields = ("rank", "team", "certified", "certified_gain", "provisional_gain", "sent", "marginal_reward")
    rows = [[_number(dict(row)[name]) for name in fields] for row in standings]
    heads = ["rank", "team", "certified", "gain (provisional)", "open claim", "sent", "reward (sealed)"]
    _table(heads, rows, say=say)


def errors_by_version(report: dict[str, Any], *, say: Say) -> None:
    say("\nMean loss of the hosted model by version")
    rows = [[f"v{row['number']}", *(_number(row[split]["estimate"]) for split in SPLITS)] for row in report["versions"]]
    _table(["version", *SPLITS], rows, say=say)


def errors_by_group(first: Version, last: Version, report: dict[str, Any], *, say: Say) -> None:
    """The first and the last version side by side, on the holdout and on the sealed split; the largest groups."""
    say(f"\nMean loss by group, v{first['number']} and v{last['number']}")
    sides = [first["groups"], last["groups"], report["sealed"]["first"]["groups"], report["sealed"]["last"]["groups"]]
    losses = [{(row["kind"], row["name"]): row["loss"]["estimate"] for row in side} for side in sides]
    largest = sorted(last["groups"], key=lambda row: -row["rows"])
    rows = [
        [row["name"][:60], row["rows"], *(_number(side.get((row["kind"], row["name"]))) for side in losses)]
        for row in largest[:MOST_GROUPS]
    ]
    heads = ["group", "holdout rows", "holdout first", "last", "sealed first", "last"]
    _table(heads, rows, say=say)
    if len(largest) > MOST_GROUPS:
        say(f"... and {len(largest) - MOST_GROUPS} smaller groups")


def protected(report: dict[str, Any], *, say: Say) -> None:
    """Whether any merged group is worse on the guard split than under an earlier version."""
    say("\nProtected groups on the guard split, by version")
    rows = [
        [row["group"][:60], "no" if row["never_worse"] else "YES", " ".join(_number(x) for x in row["by_version"])]
        for row in report["protected"]
    ]
    _table(["group", "ever worse", "loss by version"], rows, say=say)


def _number(value: object) -> str:
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    return f"{value:.4f}" if value == 0 or abs(value) >= 0.001 else f"{value:.1e}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, say: Say) -> None:
    if not rows:
        say("  (none)")
        return
    texts = [list(heads), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(heads))]
    for row in texts:
        say("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
