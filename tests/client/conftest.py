"""The two clients before a live site; the one that is awaited is asked in the same words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from bounty_client import AsyncClient, Client
from tests.client.arena import SLUG, Arena, arena

NAMES = ("alice", "bob", "charlie", "bot")


class Awaited:
    """An AsyncClient whose answers are waited for: its methods take and give what Client's do."""

    def __init__(self, client: AsyncClient, portal: BlockingPortal) -> None:
        self._client, self._portal = client, portal

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        return lambda *args, **kwargs: self._portal.call(_outcome, method, args, kwargs)


async def _outcome(method: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    made = method(*args, **kwargs)
    return iter([row async for row in made]) if hasattr(made, "__aiter__") else await made


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    with arena(tmp_path_factory.mktemp("arena"), names=NAMES) as started:
        yield started


@contextmanager
def _sync(address: str, token: str) -> Iterator[Any]:
    with Client(address, token=token) as client:
        yield client


@contextmanager
def _awaited(address: str, token: str) -> Iterator[Any]:
    with start_blocking_portal() as portal:
        client = Awaited(AsyncClient(address, token=token), portal)
        yield client
        client.close()


@pytest.fixture(params=[_sync, _awaited], ids=["Client", "AsyncClient"])
def visit(request: pytest.FixtureRequest, live: Arena) -> Callable[[str], Any]:
    """A client of that person's, or of nobody's."""

    def visits(name: str = "") -> Any:
        opened = request.param(live.address, live.tokens.get(name, ""))
        client = opened.__enter__()
        request.addfinalizer(lambda: opened.__exit__(None, None, None))
        return client

    return visits


@pytest.fixture
def alice(visit: Callable[[str], Any]) -> Any:
    client = visit("alice")
    client.join(SLUG, rules_version=1, team_name="alice's")
    return client
