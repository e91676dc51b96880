"""What is waited for most: a verdict, a round, the close."""

import time
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final, TypeVar

from bounty_client import answers, calls
from bounty_client.calls import Call
from bounty_client.flows import Flow, Pause, Watch, Way, ask, wait_until
from bounty_client.problems import Problem
from bounty_client.streams import listen

T = TypeVar("T")
WATCH: Final = Watch()


def wait_for_submission(
    way: Way,
    number: int,
    *,
    watch: Watch = WATCH,
    tell: Callable[[answers.Submission], object] | None = None,
    hear: Callable[[answers.Progress], object] | None = None,
) -> Flow[answers.Submission]:
    """Until there is nothing more to wait for now: it is scored, refused, failed, or in no round any more.

    ``tell`` is told of each answer that differs from the one before; ``hear`` of each event of a stream, where
    ``watch`` listens.
    """
    began = time.monotonic()
    if watch.listens:
        yield from listen(way, f"submissions/{number}/stream", timeout_s=watch.timeout_s, hear=hear)
    left = replace(watch, timeout_s=max(0.0, watch.timeout_s - (time.monotonic() - began)))
    return (yield from wait_until(way, calls.submission(number), lambda seen: seen["is_final"], watch=left, tell=tell))


def wait_for_round(way: Way, slug: str, number: int, *, watch: Watch = WATCH) -> Flow[answers.Round]:
    """Until the round is over."""

    def is_over(page: answers.Page[answers.Round]) -> bool:
        return _numbered(page, number)["state"] != "certifying"

    page = yield from wait_until(way, calls.rounds(slug), is_over, watch=watch)
    return _numbered(page, number)


def _numbered(page: answers.Page[answers.Round], number: int) -> answers.Round:
    return next(row for row in page["results"] if row["number"] == number)


def wait_for_close(way: Way, slug: str, *, watch: Watch = WATCH) -> Flow[answers.Competition]:
    """Until the competition is closed and its sealed numbers are shown."""
    return wait_until(way, calls.competition(slug), lambda seen: seen["state"] == "closed", watch=watch)


def ask_while_refused(way: Way, call: Call[T], codes: Collection[str], *, watch: Watch = WATCH) -> Flow[T]:
    """Ask again while the refusal is one of ``codes``: for what must wait its turn, as a round does for the board."""
    deadline = time.monotonic() + watch.timeout_s
    while True:
        try:
            return (yield from ask(way, call))
        except Problem as problem:
            if problem.code not in codes or time.monotonic() > deadline:
                raise
        yield Pause(watch.longest_s / 4)
