"""The client that waits for its answers."""

import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

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
    def __get__(self, client: "Client", owner: type) -> Callable[P, T]: ...
    def __get__(self, client: "Client | None", owner: type) -> Self | Callable[P, T]:
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
    def __get__(self, client: "Client", owner: type) -> Callable[P, Iterator[T]]: ...
    def __get__(self, client: "Client | None", owner: type) -> Self | Callable[P, Iterator[T]]:
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
    def __get__(self, client: "Client", owner: type) -> Callable[P, T]: ...
    def __get__(self, client: "Client | None", owner: type) -> Self | Callable[P, T]:
        if client is None:
            return self
        return lambda *args, **kwargs: client.run(self.flow(client.way, *args, **kwargs))


class Client:
    """One account's way to a site. ``pause`` is called to wait, and may raise to stop waiting.

    Without an address or a token, those of the environment or of ``bounty login`` are used.
    """

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
        pause: Callable[[float], object] = time.sleep,
        transport: httpx.BaseTransport | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        where = address_or_default(address)
        self.way = Way(Site(where, token_or_default(where, token)), patience)
        self._pause = pause
        self._http = httpx.Client(timeout=timeout_s, transport=transport)

    def log_in(self, username: str, password: str, **wanted: Any) -> answers.Token:
        """Trade the password for a token, which is shown from now on."""
        made = self.send(calls.log_in(username, password, **wanted))
        self.way = Way(Site(self.way.site.address, made["token"]), self.way.patience)
        return made

    def send(self, call: Call[T]) -> T:
        """Carry out a call of ``bounty_client.calls``."""
        return self.run(ask(self.way, call))

    def rows(self, first: Call[answers.Page[T]]) -> Iterator[T]:
        """Every row of a list; a page is asked for when its first row is."""
        call: Call[answers.Page[T]] | None = first
        while call is not None:
            page = self.send(call)
            yield from page["results"]
            call = calls.follow(page["next"]) if page["next"] else None

    def run(self, flow: Flow[T]) -> T:
        """Take every step that a flow asks for."""
        try:
            step = next(flow)
            while True:
                try:
                    outcome = self._take(step)
                except httpx.TransportError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(outcome)
        except StopIteration as end:
            result: T = end.value
            return result

    def _take(self, step: Step) -> httpx.Response | None:
        match step:
            case Send(request):
                return self._http.send(request)
            case Receive():
                return self._receive(step)
            case Pause(seconds):
                self._pause(seconds)
                return None

    def _receive(self, step: Receive) -> httpx.Response:
        response = self._http.send(step.request, stream=True)
        try:
            if response.is_error:
                response.read()
                return response
            take = step.begin(response)
            for chunk in response.iter_bytes():
                if not take(chunk):
                    break
            return response
        finally:
            response.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
