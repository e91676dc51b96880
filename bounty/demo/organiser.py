"""The scripted organiser: opens rounds while there are candidates, then closes."""

from collections.abc import Iterator
from typing import Final

from bounty_client import Client, Problem
from bounty_client.answers import Competition, Round
from bounty_client.calls import open_round

ROUNDS: Final = 2


def hold_rounds(client: Client, slug: str, most: int) -> Iterator[Round]:
    """Open rounds until nobody passes the gate any more, or ``most`` are held; yields each when it has finished."""
    for _ in range(most):
        opened = _open(client, slug)
        if opened is None:
            return
        yield client.wait_for_round(slug, opened["number"])


def close(client: Client, slug: str) -> Competition:
    """Close the competition and wait for what is shown from then on."""
    client.close_competition(slug)
    return client.wait_for_close(slug)


def _open(client: Client, slug: str) -> Round | None:
    """The next round, once the board is scored against the newest version; None when there is nobody left to test."""
    try:
        return client.ask_while_refused(open_round(slug), {"RESCORING"})
    except Problem as problem:
        if problem.code == "NO_CANDIDATES":
            return None
        raise
