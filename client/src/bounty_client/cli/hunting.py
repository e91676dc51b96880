"""A program that competes."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bounty_client.cli.account import Slug, client
from bounty_client.cli.endings import Ending
from bounty_client.cli.printing import AsJson, note, show, table, waiting


class Strategy(StrEnum):
    """How groups are looked for: see the documentation of the hunters."""

    TREE = "tree"
    EXHAUSTIVE = "exhaustive"
    CSC = "csc"
    ALTERNATING = "alternating"
    ROUNDS = "rounds"


def hunt(
    competition: Slug,
    strategy: Annotated[Strategy, typer.Option(help="How groups are looked for.")] = Strategy.TREE,
    budget: Annotated[int, typer.Option(help="How many submissions it may send.", min=1)] = 5,
    seed: Annotated[int, typer.Option(help="The same seed finds the same groups.", min=0)] = 0,
    demographic: Annotated[
        bool, typer.Option("--demographic", help="Name demographic columns only: groups of people, not of figures.")
    ] = False,
    data: Annotated[Path | None, typer.Option(help="Keep the public splits in this folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look for groups on the public rows, send the best, learn from the verdicts; ends with a summary."""
    from bounty_client.hunting.bot import Bot  # numbers take a while to load

    with client() as bounty, waiting(f"hunting by {strategy}") as known:

        def tell(line: str) -> None:
            known(line)
            note(line)

        bot = Bot(bounty, competition, strategy=strategy, seed=seed, demographic=demographic, folder=data, tell=tell)
        done = bot.compete(budget)
    rows = [(one.number, one.status, one.code, one.passes_gate, one.group) for one in done.sent]
    lines = table(("number", "status", "verdict", "passes gate", "group"), rows) if rows else []
    show(done.to_json(), [*lines, done.sentence], as_json=as_json)
    if not any(one.passes_gate for one in done.sent):
        raise typer.Exit(Ending.NO)
