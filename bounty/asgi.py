"""The site for the production web server: an event loop that holds streams, and threads that answer everything else.

Pages and API are ordinary synchronous Django: each request is answered in one of ``THREADS`` threads, as by any WSGI
server, with the connections to the database that belong to them. A view that streams asks, through the request's
environment, to have its client held; its thread is then free, and the event loop sends what comes.
"""

import asyncio
import io
import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from functools import cached_property
from typing import Any, Final, Protocol
from urllib.parse import unquote_to_bytes

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bounty.settings")
_pages = get_wsgi_application()

from submissions.streams.hub import HOLD, Hub, Stream  # noqa: E402  the apps come first

THREADS: Final = 8
LONG_AT_ONCE: Final = THREADS // 2  # threads that may read long bodies, as slowly as clients send them
GATHER_BYTES: Final = 256 * 1024  # of a body, before a thread is taken; what is longer is a long one
SEND_S: Final = 30.0  # a client that takes nothing for so long is let go
FLUSH_BYTES: Final = 64 * 1024  # what an answer gathers before it is sent in parts
Message = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[Message], Any]


class WsgiApplication(Protocol):
    """PEP 3333, as far as it is used here."""

    def __call__(self, environ: dict[str, Any], start_response: Any, /) -> Iterable[bytes]: ...


class Site:
    """The ASGI application. Its threads and its hub are made with the first request: after the server has forked."""

    def __init__(self, pages: WsgiApplication) -> None:
        self._pages = pages

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(THREADS, thread_name_prefix="pages")

    @cached_property
    def _long(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(LONG_AT_ONCE)

    @cached_property
    def _hub(self) -> Hub:
        return Hub()

    def stop(self) -> None:
        """End the streams; called by the web server when it is told to go."""
        self._hub.stop()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})  # before it was taken: answered with 403
            return
        if scope["type"] != "http":
            raise ValueError(f"This site speaks HTTP only, not {scope['type']}.")
        exchange = Exchange(self._pages, self._hub, scope, send)
        body = Body(receive)
        if not await body.gather():
            await exchange.give_up("408 Request Timeout")
            return
        if not _is_measured(scope, body):
            await exchange.give_up("411 Length Required")
            return
        answered = await self._begin(exchange, body)
        try:
            await asyncio.shield(answered)
            if exchange.stream is None:
                await exchange.finish()
            else:
                await self._hold(exchange, exchange.stream, receive)
        finally:
            # Also where the client left meanwhile: the thread goes on, and what it takes must be given back.
            answered.add_done_callback(lambda _: exchange.leave())

    async def _begin(self, exchange: "Exchange", body: "Body") -> "asyncio.Future[None]":
        """The answer, by a thread; slow clients with long bodies leave half of the threads to others."""
        is_long = body.is_open
        if is_long:
            await self._long.acquire()
        read = io.BufferedReader(body, FLUSH_BYTES)
        answered = asyncio.get_running_loop().run_in_executor(self._threads, exchange.answer, read)
        if is_long:
            answered.add_done_callback(lambda _: self._long.release())
        return answered

    async def _hold(self, exchange: "Exchange", stream: Stream, receive: Receive) -> None:
        leaving = asyncio.create_task(_wait_until_gone(stream, receive))
        try:
            async with aclosing(self._hub.events(stream)) as events:
                async for content in events:
                    async with asyncio.timeout(SEND_S):
                        await exchange.send_part(content)
            await exchange.finish()
        finally:
            leaving.cancel()


async def _wait_until_gone(stream: Stream, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end("left")


def _is_measured(scope: Message, body: "Body") -> bool:
    """Whether it is known how long the body is: Django reads none of one that is not. A body that came in chunks, whole
    and short, is measured here; a longer one must say its length."""
    names = {name for name, _ in scope["headers"]}
    if b"transfer-encoding" not in names or b"content-length" in names:
        return True
    scope["headers"] = [*scope["headers"], (b"content-length", str(body.gathered_bytes).encode())]
    return not body.is_open


class Body(io.RawIOBase):
    """A request's body: a short one is gathered before a thread is taken, so that whoever sends slowly holds none; what
    is longer is read by its thread from the event loop as it comes."""

    def __init__(self, receive: Receive) -> None:
        self._loop = asyncio.get_running_loop()
        self._receive = receive
        self._rest = bytearray()
        self.is_open = True  # more of it is to come

    async def gather(self) -> bool:
        """Read up to GATHER_BYTES; whether the client is still there."""
        while self.is_open and len(self._rest) < GATHER_BYTES:
            if not self._take(await self._receive()):
                return False
        return True

    @property
    def gathered_bytes(self) -> int:
        return len(self._rest)

    def _take(self, message: Message) -> bool:
        if message["type"] != "http.request":
            return False
        self._rest += message.get("body", b"")
        self.is_open = message.get("more_body", False)
        return True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest and self.is_open:
            message = asyncio.run_coroutine_threadsafe(self._receive(), self._loop).result()
            if not self._take(message):
                raise ConnectionResetError("The client left in the middle of its request.")
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        del self._rest[:count]
        return count


class Exchange:
    """One request and its answer."""

    def __init__(self, pages: WsgiApplication, hub: Hub, scope: Message, send: Send) -> None:
        self._pages, self._hub, self._scope, self._send = pages, hub, scope, send
        self._loop = asyncio.get_running_loop()
        self._start: Message = {}
        self._gathered: list[bytes] = []
        self.stream: Stream | None = None

    def answer(self, body: "io.BufferedReader[Body]") -> None:
        """In a thread: run the site, send long answers as they come, and keep the end for ``finish``.

        The answer is closed in this thread, which is what gives its connection to the database back.
        """
        answer = self._pages(environ_of(self._scope, body) | {HOLD: self._hold}, self._start_response)
        try:
            for part in answer:
                self._gathered.append(part)
                if sum(map(len, self._gathered)) >= FLUSH_BYTES and self._scope["method"] != "HEAD":
                    asyncio.run_coroutine_threadsafe(self.send_part(self._content()), self._loop).result()
        finally:
            if close := getattr(answer, "close", None):
                close()

    async def send_part(self, content: bytes, *, more: bool = True) -> None:
        if self._start:
            start, self._start = self._start, {}
            await self._send(start)
        await self._send({"type": "http.response.body", "body": content, "more_body": more})

    async def give_up(self, status: str) -> None:
        """The client is gone, or has sent nothing for as long as the server waits; or what it sends is not read."""
        self._start_response(status, [("Connection", "close"), ("Content-Length", "0")])
        await self.finish()

    async def finish(self) -> None:
        content = b"" if self._scope["method"] == "HEAD" else self._content()
        await self.send_part(content, more=False)

    def leave(self) -> None:
        """Give the stream's place back, if one was taken."""
        if self.stream is not None:
            self._hub.places.give_back(self.stream.viewer)

    def _hold(self, stream: Stream) -> None:
        self._hub.places.take(stream.viewer)
        self.stream = stream

    def _content(self) -> bytes:
        content, self._gathered = b"".join(self._gathered), []
        return content

    def _start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        pairs = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers]
        self._start = {"type": "http.response.start", "status": int(status.split(" ", 1)[0]), "headers": pairs}


def environ_of(scope: Message, body: "io.BufferedReader[Body]") -> dict[str, Any]:
    """The request as WSGI says it (PEP 3333)."""
    raw = scope.get("raw_path") or scope["path"].encode()
    host, port = scope.get("server") or ("localhost", 80)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw).decode("latin1"),
        "QUERY_STRING": scope["query_string"].decode("latin1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "REMOTE_ADDR": scope["client"][0] if scope.get("client") else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        _add_header(environ, name.decode("latin1"), value.decode("latin1"))
    return environ


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    if "_" in name:  # in this form it could not be told from the one with a dash, which a proxy may have set
        return
    key = name.upper().replace("-", "_")
    key = key if key in {"CONTENT_LENGTH", "CONTENT_TYPE"} else f"HTTP_{key}"
    glue = "; " if key == "HTTP_COOKIE" else ","
    environ[key] = f"{environ[key]}{glue}{value}" if key in environ else value


application = Site(_pages)
