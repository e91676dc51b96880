"""Streams through the production web server, and through a proxy before it."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from bounty.actions.issue_token import issue_token
from bounty.actions.name_team import name_team
from bounty.models import Competition, Team, User
from submissions.actions.cancel import cancel
from submissions.models import Submission
from tests.api.conftest import Post
from tests.pages import signed_in
from tests.web import WebServer, serving

pytestmark = pytest.mark.django_db(transaction=True)
STREAMS = 100
SILENCE_S = 1.0  # after which the proxy cuts a connection
BEATS = 6  # of .3 s: longer than that


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[WebServer]:
    limits = {"BOUNTY_STREAMS_PER_USER": str(STREAMS), "BOUNTY_STREAM_BEAT_S": "0.3", "BOUNTY_STREAM_EVERY_S": "0.2"}
    with serving(**limits) as started:
        yield started


@pytest.fixture
def authorisation(alice: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_token(alice, name='watcher', scopes=['read'])[1]}"}


def client(address: str, headers: dict[str, str]) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=None)
    return httpx.AsyncClient(base_url=f"{address}/api/v1/", headers=headers, timeout=30, limits=limits)


async def typical_ms(asking: httpx.AsyncClient, path: str) -> float:
    times = []
    for _ in range(20):
        begun = time.perf_counter()
        assert (await asking.get(path)).status_code == 200
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)


def test_holds_a_hundred_streams_while_pages_answer_as_ever(
    server: WebServer, competition: Competition, team: Team, alice: User, authorisation: dict[str, str]
) -> None:
    path, heard = f"competitions/{competition.slug}/board", asyncio.Queue[str]()

    async def listen(asking: httpx.AsyncClient) -> None:
        async with asking.stream("GET", f"{path}/stream") as answer:
            assert answer.status_code == 200
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    heard.put_nowait(line)

    async def play() -> tuple[float, float, int, list[str]]:
        async with client(server.address, authorisation) as asking:
            alone = await typical_ms(asking, path)
            streams = [asyncio.create_task(listen(asking)) for _ in range(STREAMS)]
            [await asyncio.wait_for(heard.get(), 30) for _ in streams]
            beside = await typical_ms(asking, path)
            refused = (await asking.get(f"{path}/stream")).status_code
            await asyncio.to_thread(name_team, team, name="Wonderland", by=alice)
            told = [await asyncio.wait_for(heard.get(), 30) for _ in streams]
            assert not any(stream.done() for stream in streams)
            for stream in streams:
                stream.cancel()
            await asyncio.gather(*streams, return_exceptions=True)
            return alone, beside, refused, told

    alone, beside, refused, told = asyncio.run(play())
    print(f"a board takes {alone:.0f} ms alone, {beside:.0f} ms beside {STREAMS} streams")
    assert beside < 3 * alone + 100  # held by threads, the streams would let it wait for ever
    assert refused == 429
    assert len(set(told)) == 1


def test_ends_with_the_last_word_through_a_proxy_that_cuts_silence(
    server: WebServer, sent: Post, alice: User, authorisation: dict[str, str]
) -> None:
    pk = sent()["id"]
    lines: list[str] = []

    async def play() -> None:
        async with (
            proxy(server.port) as address,
            client(address, authorisation) as asking,
            asking.stream("GET", f"submissions/{pk}/stream") as answer,
        ):
            async for line in answer.aiter_lines():
                lines.append(line)
                if line == ": still here" and lines.count(line) == BEATS:
                    await asyncio.to_thread(cancel, Submission.objects.get(pk=pk), by=alice)

    asyncio.run(play())
    names = [line.removeprefix("event: ") for line in lines if line.startswith("event:")]
    assert names == ["submission", "submission", "end"]
    assert [line for line in lines if line.startswith("data:")][-1] == 'data: {"reason": "final"}'


def test_ends_with_its_readers_signing_out(server: WebServer, sent: Post, alice: User) -> None:
    browser, address = signed_in(alice), f"/api/v1/submissions/{sent()['id']}/stream"
    cookies = {name: morsel.value for name, morsel in browser.cookies.items()}
    with (
        httpx.Client(base_url=server.address, cookies=cookies, timeout=30) as asking,
        asking.stream("GET", address) as answer,
    ):
        lines = answer.iter_lines()
        assert ": still here" in lines
        browser.logout()
        assert 'data: {"reason": "gone"}' in lines


def test_a_server_that_is_told_to_go_ends_its_streams_and_goes(
    competition: Competition, authorisation: dict[str, str]
) -> None:
    with serving() as server, httpx.Client(base_url=server.address, headers=authorisation, timeout=30) as asking:
        with asking.stream("GET", f"/api/v1/competitions/{competition.slug}/board/stream") as answer:
            lines = answer.iter_lines()
            assert any(line.startswith("data:") for line in lines)
            begun = time.monotonic()
            server.process.terminate()
            assert 'data: {"reason": "restart"}' in list(lines)
        assert server.process.wait(15) == 0
        assert time.monotonic() - begun < 10


def test_takes_and_gives_what_is_not_a_stream(server: WebServer, competition: Competition) -> None:
    with httpx.Client(base_url=server.address, timeout=30) as asking:
        page = asking.get(f"/competitions/{competition.slug}/")
        assert (page.status_code, competition.title in page.text) == (200, True)
        headers = asking.head(f"/competitions/{competition.slug}/")
        assert (headers.status_code, headers.content) == (200, b"")
        assert asking.get("/api/v1/%ff").status_code == 404
        sent = asking.post("/api/v1/tokens", json={"username": "nobody" * 2000, "password": "x"})
        assert (sent.status_code, sent.json()["code"]) == (422, "INVALID_INPUT")
        long = asking.post(f"/api/v1/competitions/{competition.slug}/preview", json={"predicate": "x" * 3_000_000})
        assert (long.status_code, long.json()["code"]) == (413, "REQUEST_TOO_LARGE")


def test_reads_a_body_in_chunks_or_says_that_it_does_not(server: WebServer, competition: Competition) -> None:
    address, headers = f"/api/v1/competitions/{competition.slug}/preview", {"Content-Type": "application/json"}
    with httpx.Client(base_url=server.address, timeout=30, headers=headers) as asking:
        short = asking.post(address, content=iter([b'{"predicate": ', b"\"sex == 'Female'\"}"]))
        assert short.status_code == 200, short.text
        assert asking.post(address, content=iter([b"x" * 1000] * 300)).status_code == 411


def test_speaks_no_other_protocol(server: WebServer) -> None:
    greeting = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    assert httpx.get(f"{server.address}/api/v1/keys", headers=greeting | key).status_code == 403
    assert httpx.get(f"{server.address}/api/v1/keys").status_code == 200


@asynccontextmanager
async def proxy(port: int) -> AsyncIterator[str]:
    """A reverse proxy that passes bytes on, and cuts what is silent for ``SILENCE_S`` to its client."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        up = asyncio.create_task(pump(reader, inner_writer, None))
        with suppress(TimeoutError, ConnectionError):
            await pump(inner_reader, writer, SILENCE_S)
        up.cancel()
        inner_writer.close()
        writer.close()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silence_s: float | None) -> None:
        while content := await asyncio.wait_for(reader.read(65536), silence_s):
            writer.write(content)
            await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
