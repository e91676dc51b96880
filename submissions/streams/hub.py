"""Every stream of one process: held by the event loop, fed by one reader that asks the database for all of them.

A sleeping stream is an entry in a set: no thread, no connection to the database. The reader runs in one thread of its
own while anything is watched, and gives its connection back after each look.
"""

import asyncio
import json
import logging
import threading
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.db import connection

from bounty.errors import LimitReached
from submissions.streams.topics import State, Topic, Viewer, read, still_sees

log = logging.getLogger(__name__)
IN_ALL: Final = 1000  # of one process; behind it stands the number of connections that the web server takes
RETRY_MS: Final = 2000
HOLD: Final = "bounty.hold"  # the key in a request's environment under which a server that can hold streams says so


@dataclass(eq=False)
class Stream:
    """One client that listens. ``news`` is the newest state that it was not told; older ones are passed over."""

    topic: Topic
    viewer: Viewer
    seen: str = ""
    asked_at: float = 0.0  # by the event loop's clock: when rights were asked last
    news: State | None = None
    ended: str = ""
    wakes: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, state: State) -> None:
        self.seen, self.news = state.stamp, state
        if state.is_final:
            self.ended = "final"
        self.wakes.set()

    def end(self, reason: str) -> None:
        self.ended = self.ended or reason
        self.wakes.set()


class Places:
    """How many streams each viewer has; taken where a request is answered, in a thread, and given back by the loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    def take(self, viewer: Viewer) -> None:
        """Raises LimitReached where the viewer, or this process, has as many as there may be."""
        with self._lock:
            mine, limit = self._taken[viewer.key], settings.STREAMS_PER_USER
            if mine >= limit or self._taken.total() >= IN_ALL:
                sentence = f"You have {mine} streams open, and may have {limit}; close one, or ask without a stream."
                raise LimitReached("TOO_MANY_STREAMS", sentence, open=mine, limit=limit)
            self._taken[viewer.key] += 1

    def give_back(self, viewer: Viewer) -> None:
        with self._lock:
            self._taken[viewer.key] -= 1
            if not self._taken[viewer.key]:
                del self._taken[viewer.key]


class Hub:
    """The streams of one event loop."""

    def __init__(self) -> None:
        self.places = Places()
        self._streams: set[Stream] = set()
        self._reading: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="streams")
        self._stopping = False

    async def events(self, stream: Stream) -> AsyncGenerator[bytes, None]:
        """What is sent: news, a comment where there is none for long, and at the end the reason."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + settings.STREAM_LIFE_S
        yield b"retry: %d\n\n" % RETRY_MS
        async with self._listening(stream):
            while True:
                if stream.news is not None:
                    news, stream.news = stream.news, None
                    yield event(stream.topic, news)
                if stream.ended or loop.time() >= ends_at:
                    break
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(settings.STREAM_BEAT_S, ends_at - loop.time())):
                        await stream.wakes.wait()
                        stream.wakes.clear()
                        continue
                yield b": still here\n\n"
        yield _ending(stream.ended or "time")

    def stop(self) -> None:
        """End every stream: the process is to go, and clients come back to the next."""
        self._stopping = True
        for stream in self._streams:
            stream.end("restart")

    @asynccontextmanager
    async def _listening(self, stream: Stream) -> AsyncIterator[None]:
        stream.asked_at = asyncio.get_running_loop().time()  # a moment ago, by the request
        self._streams.add(stream)
        if self._stopping:
            stream.end("restart")
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        try:
            yield
        finally:
            self._streams.discard(stream)

    async def _read(self) -> None:
        """Look from time to time, while anybody listens."""
        loop = asyncio.get_running_loop()
        while self._streams:
            begun, streams = loop.time(), list(self._streams)
            looks = [
                Look(stream.topic, stream.viewer, stream.seen, begun - stream.asked_at >= settings.STREAM_BEAT_S)
                for stream in streams
            ]
            found = await loop.run_in_executor(self._thread, _look, looks)
            for stream, look in zip(streams, looks, strict=True):
                if look in found:
                    _write(stream, found[look], begun)
            await asyncio.sleep(settings.STREAM_EVERY_S)


@dataclass(frozen=True)
class Look:
    """What one stream has its reader look for; ``asks`` where rights are due to be asked, whether or not there is news:
    who has signed out must not hold a place until something happens."""

    topic: Topic
    viewer: Viewer
    seen: str
    asks: bool


def _write(stream: Stream, state: State | None, asked_at: float) -> None:
    stream.asked_at = asked_at
    if state is None:
        stream.end("gone")
    elif state.stamp != stream.seen:
        stream.tell(state)


def _look(looks: Iterable[Look]) -> dict[Look, State | None]:
    """Of all that has news, or is due to be asked, how it stands; None for what is gone, or is no longer the viewer's
    to see."""
    try:
        distinct = set(looks)
        states = read({look.topic for look in distinct})
        found: dict[Look, State | None] = {}
        for look in distinct:
            state = states.get(look.topic)
            if state is None or look.asks or state.stamp != look.seen:
                found[look] = state if state and still_sees(look.viewer, look.topic) else None
        return found
    except Exception:
        # A task boundary: a database that is away for a moment must not end what every stream hangs on.
        log.exception("Streams were not read; the next look may do better.")
        return {}
    finally:
        connection.close()


def event(topic: Topic, state: State) -> bytes:
    """One event, with the stamp as its id."""
    return f"id: {state.stamp}\nevent: {topic.kind}\ndata: {json.dumps(state.data)}\n\n".encode()


def _ending(reason: str) -> bytes:
    return f'event: end\ndata: {{"reason": "{reason}"}}\n\n'.encode()
