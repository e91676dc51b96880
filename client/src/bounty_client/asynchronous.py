"""The client whose answers are awaited; for the rest it is ``bounty_client.sync.Client``."""

from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

import anyio
import httpx

from bounty_client import answers, calls, downloads, waiting
from bounty_client.calls import Call, Site
from bounty_client.flows import PATIENCE, Flow, Patience, Pause, Receive, Send, Step, Way, ask
from bounty_client.settings import TIMEOUT_S, address_or_default, token_or_default

P = ParamSpec("P")
T = TypeVar("T")


class _Asked(Generic[P, T]):
    """A method that carries out one call."""

    def __init__(self, describe: Callable[P, Call[T]]) -> None:
        self.describe, self.__doc__ = describe, describe.__doc__

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: "AsyncClient", owner: type) -> Callable[P, Awaitable[T]]: ...
    def __get__(self, client: "AsyncClient | None", owner: type) -> Self | Callable[P, Awaitable[T]]:
        if client is None:
            return self
        return lambda *args, **kwargs: client.send(self.describe(*args, **kwargs))


class _Listed(Generic[P, T]):
    """A method that goes through a list, page after page."""

    def __init__(self, describe: Callable[P, Call[answers.Page[T]]]) -> None:
        self.describe, self.__doc__ = describe, describe.__doc__

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: "AsyncClient", owner: type) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, client: "AsyncClient | None", owner: type) -> Self | Callable[P, AsyncIterator[T]]:
        if client is None:
            return self
        return lambda *args, **kwargs: client.rows(self.describe(*args, **kwargs))


class _Followed(Generic[P, T]):
    """A method that takes several requests."""

    def __init__(self, flow: Callable[Concatenate[Way, P], Flow[T]]) -> None:
        self.flow, self.__doc__ = flow, flow.__doc__

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: "AsyncClient", owner: type) -> Callable[P, Awaitable[T]]: ...
    def __get__(self, client: "AsyncClient | None", owner: type) -> Self | Callable[P, Awaitable[T]]:
        if client is None:
            return self
        return lambda *args, **kwargs: client.run(self.flow(client.way, *args, **kwargs))


class AsyncClient:
    """One account's way to a site, under asyncio or trio."""

    tokens = _Listed(calls.tokens)
    revoke_token = _Asked(calls.revoke_token)
    competitions = _Listed(calls.competitions)
    competition = _Asked(calls.competition)
    join = _Asked(calls.join)
    columns = _Asked(calls.columns)
    splits = _Asked(calls.splits)
    preview = _Asked(calls.preview)
    quota = _Asked(calls.quota)
    submit = _Asked(calls.submit)
    submissions = _Listed(calls.submissions)
    submission = _Asked(calls.submission)
    cancel = _Asked(calls.cancel)
    withdraw = _Asked(calls.withdraw)
    board = _Asked(calls.board)
    rounds = _Listed(calls.rounds)
    open_round = _Asked(calls.open_round)
    close_competition = _Asked(calls.close)
    versions = _Listed(calls.versions)
    version = _Asked(calls.version)
    public_answers = _Asked(calls.public_answers)
    predict = _Asked(calls.predict)
    decision_list = _Asked(calls.decision_list)
    certificates = _Listed(calls.certificates)
    certificate = _Asked(calls.certificate)
    closing_statement = _Asked(calls.closing_statement)
    keys = _Asked(calls.keys)
    download = _Followed(downloads.download)
    wait_for_submission = _Followed(waiting.wait_for_submission)
    wait_for_round = _Followed(waiting.wait_for_round)
    wait_for_close = _Followed(waiting.wait_for_close)
    ask_while_refused = _Followed(waiting.ask_while_refused)

    def __init__(
        self,
        address: str | None = None,
        *,
        token: str | None = None,
        patience: Patience = PATIENCE,
        pause: Callable[[float], Awaitable[object]] = anyio.sleep,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        where = address_or_default(address)
        self.way = Way(Site(where, token_or_default(where, token)), patience)
        self._pause = pause
        self._http = httpx.AsyncClient(timeout=timeout_s, transport=transport)

    async def log_in(self, username: str, password: str, **wanted: Any) -> answers.Token:
        """Trade the password for a token, which is shown from now on."""
        made = await self.send(calls.log_in(username, password, **wanted))
        self.way = Way(Site(self.way.site.address, made["token"]), self.way.patience)
        return made

    async def send(self, call: Call[T]) -> T:
        """Carry out a call of ``bounty_client.calls``."""
        return await self.run(ask(self.way, call))

    async def rows(self, first: Call[answers.Page[T]]) -> AsyncIterator[T]:
        """Every row of a list; a page is asked for when its first row is."""
        call: Call[answers.Page[T]] | None = first
        while call is not None:
            page = await self.send(call)
            for row in page["results"]:
                yield row
            call = calls.follow(page["next"]) if page["next"] else None

    async def run(self, flow: Flow[T]) -> T:
        """Take every step that a flow asks for."""
        try:
            step = next(flow)
            while True:
                try:
                    outcome = await self._take(step)
                except httpx.TransportError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(outcome)
        except StopIteration as end:
            result: T = end.value
            return result

    async def _take(self, step: Step) -> httpx.Response | None:
        match step:
            case Send(request):
                return await self._http.send(request)
            case Receive():
                return await self._receive(step)
            case Pause(seconds):
                await self._pause(seconds)
                return None

    async def _receive(self, step: Receive) -> httpx.Response:
        response = await self._http.send(step.request, stream=True)
        try:
            if response.is_error:
                await response.aread()
                return response
            take = step.begin(response)
            async for chunk in response.aiter_bytes():
                if not take(chunk):
                    break
            return response
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
