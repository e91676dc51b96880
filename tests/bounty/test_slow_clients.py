"""Clients that send slowly, or leave in the middle of what they send: others are answered all the same."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from bounty.asgi import GATHER_BYTES, THREADS, Site

WAIT_S = 20


def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [str(len(environ["wsgi.input"].read())).encode()]


class Client:
    """One request to a site, in pieces; ``answer`` is done when the site has answered."""

    def __init__(self, site: Site, *pieces: bytes, leaves: bool = False) -> None:
        self.may_go_on = asyncio.Event()
        self._pieces, self._leaves, self._sent = list(pieces), leaves, list[dict[str, Any]]()
        scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "http_version": "1.1"}
        self._asked = asyncio.create_task(site(scope | {"headers": []}, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        if len(self._pieces) == 1:
            await self.may_go_on.wait()
            if self._leaves:
                return {"type": "http.disconnect"}
        return {"type": "http.request", "body": self._pieces.pop(0), "more_body": bool(self._pieces)}

    async def _send(self, message: dict[str, Any]) -> None:
        self._sent.append(message)

    async def answer(self) -> tuple[int, bytes]:
        self.may_go_on.set()
        await asyncio.wait_for(self._asked, WAIT_S)
        return self._sent[0]["status"], b"".join(message.get("body", b"") for message in self._sent)


@pytest.mark.parametrize("size", [1, GATHER_BYTES])
def test_slow_uploads_leave_threads_to_others(size: int) -> None:
    async def play() -> None:
        site = Site(echo)
        slow = [Client(site, b"x" * size, b"y") for _ in range(THREADS + 1)]
        await asyncio.sleep(0.1)
        assert await Client(site, b"quick").answer() == (200, b"5")
        answers = await asyncio.gather(*(client.answer() for client in slow))
        assert set(answers) == {(200, str(size + 1).encode())}

    asyncio.run(play())


def test_who_leaves_early_takes_no_thread() -> None:
    async def play() -> None:
        site = Site(echo)
        assert await Client(site, b"x", b"y", leaves=True).answer() == (408, b"")
        assert await Client(site, b"quick").answer() == (200, b"5")

    asyncio.run(play())
