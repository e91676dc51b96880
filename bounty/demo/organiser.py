"""The scripted organiser: opens rounds while there are candidates, then closes."""

from collections.abc import Iterator
from typing import Any, Final

from bounty.demo.client import Client, Problem

ROUNDS: Final = 2


def hold_rounds(client: Client) -> Iterator[dict[str, Any]]:
    """Open rounds until nobody passes the gate any more, or ``ROUNDS`` are held; yields each when it has finished."""
    for _ in range(ROUNDS):
        opened = _open(client)
        if opened is None:
            return
        yield _finished(client, opened["number"])


def close(client: Client) -> dict[str, Any]:
    """Close the competition and wait for what is shown from then on."""
    client.post("close")
    closed: dict[str, Any] = client.wait(client.get, lambda answer: bool(answer["state"] == "closed"))
    return closed


def _open(client: Client) -> dict[str, Any] | None:
    """The next round; waits while the board is still being scored against the newest version."""
    opened: list[dict[str, Any]] = []

    def attempt() -> str:
        try:
            opened.append(client.post("rounds"))
        except Problem as problem:
            if problem.code in {"RESCORING", "NO_CANDIDATES"}:
                return problem.code
            raise
        return "OPENED"

    client.wait(attempt, lambda answer: bool(answer != "RESCORING"))
    return opened[0] if opened else None


def _finished(client: Client, number: int) -> dict[str, Any]:
    def read() -> dict[str, Any]:
        return next(row for row in client.pages("rounds") if row["number"] == number)

    held: dict[str, Any] = client.wait(read, lambda answer: bool(answer["state"] != "certifying"))
    return held
