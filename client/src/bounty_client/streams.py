"""Server-sent events: told what happens, instead of asking again and again. Whoever listens need not be heard out."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx

from bounty_client.calls import Call
from bounty_client.flows import Flow, Receive, Way

Hear = Callable[[Any], object]
_BETWEEN = b"\n\n"  # two events


def listen(way: Way, path: str, *, timeout_s: float, hear: Hear | None) -> Flow[None]:
    """Hear a stream's events until it ends, breaks, or the time is over; says nothing of which it was.

    A site that offers no stream, or has no room for one more, is not listened to: whoever waits asks as ever.
    """
    call: Call[None] = Call("GET", path, headers={"Accept": "text/event-stream"})
    events = _Events(time.monotonic() + timeout_s, hear)
    try:
        yield Receive(call.request(way.site), events.begin)
    except httpx.TransportError:
        return


class _Events:
    """Bytes as they come, and the events in them."""

    def __init__(self, deadline: float, hear: Hear | None) -> None:
        self._deadline, self._hear, self._rest = deadline, hear, b""

    def begin(self, response: httpx.Response) -> Callable[[bytes], bool]:
        return self._take

    def _take(self, chunk: bytes) -> bool:
        *events, self._rest = (self._rest + chunk.replace(b"\r\n", b"\n")).split(_BETWEEN)
        for event in events:
            data = b"".join(line[5:] for line in event.split(b"\n") if line.startswith(b"data:"))
            if self._hear is not None and (heard := _document(data)) is not None:
                self._hear(heard)
        return time.monotonic() < self._deadline


def _document(data: bytes) -> dict[str, Any] | None:
    """The event's JSON object; None of comments and of events that are none."""
    try:
        found = json.loads(data) if data else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
