"""What takes several requests, written once: generators that ask for steps and are told what came of them.

A flow knows neither whether it is awaited nor what carries its requests. The two clients take its steps: a request is
answered with its response, or with the transport's error raised where the step was asked for; a pause with nothing.
"""

import email.utils
import random
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import httpx

from bounty_client.calls import Call, Site
from bounty_client.problems import FieldError, NoAnswer, Problem, Refusal, TookTooLong

T = TypeVar("T")


@dataclass(frozen=True)
class Send:
    """Ask, and read the whole answer."""

    request: httpx.Request


@dataclass(frozen=True)
class Receive:
    """Ask, and hand on what comes as it comes. ``begin`` is shown the answer's head and says where its bytes go;
    what takes them returns False to end it early."""

    request: httpx.Request
    begin: Callable[[httpx.Response], Callable[[bytes], bool]]


@dataclass(frozen=True)
class Pause:
    """Wait so many seconds."""

    seconds: float


Step = Send | Receive | Pause
Flow = Generator[Step, Any, T]  # what is sent in follows from the step: a response, or nothing


@dataclass(frozen=True)
class Patience:
    """How often, and for how long in all, something is asked again before it is given up."""

    attempts: int = 8
    first_s: float = 0.25
    longest_s: float = 30.0  # a site that asks for a longer wait, as for tomorrow's quota, is not waited for
    total_s: float = 120.0

    def delays(self) -> Iterator[float]:
        """Growing, and drawn by chance, so that many clients do not come back at once."""
        for attempt in range(self.attempts - 1):
            yield min(self.longest_s, self.first_s * 2**attempt) * random.uniform(0.5, 1.0)


PATIENCE: Final = Patience()


@dataclass(frozen=True)
class Way:
    """Where flows lead, and how patiently."""

    site: Site
    patience: Patience = PATIENCE


_MEND_THEMSELVES: Final = frozenset({502, 503, 504})
_ENDED: Final = frozenset({"QUOTA_IN_ALL", "QUOTA_DAY"})  # no wait of seconds helps


def ask(way: Way, call: Call[T]) -> Flow[T]:
    """Carry out a call; what may be mended by waiting is asked again. Raises ``Problem`` or ``NoAnswer``."""
    return call.read((yield from ask_raw(way, call)))


def ask_raw(way: Way, call: Call[Any]) -> Flow[httpx.Response]:
    """The same, with the whole answer."""
    waited_s = 0.0
    delays = way.patience.delays()
    while True:
        outcome = yield from _attempt(way, call)
        if isinstance(outcome, httpx.Response):
            return outcome
        pause_s = _worth_waiting(outcome, call, next(delays, None), way.patience)
        if pause_s is None or waited_s + pause_s > way.patience.total_s:
            raise outcome
        waited_s += pause_s
        yield Pause(pause_s)


def _attempt(way: Way, call: Call[Any]) -> Flow[httpx.Response | Problem | NoAnswer]:
    try:
        response: httpx.Response = yield Send(call.request(way.site))
    except httpx.TransportError as error:
        return silence(way, error)
    return problem_of(response) if response.is_error else response


def _worth_waiting(
    failure: Problem | NoAnswer, call: Call[Any], delay_s: float | None, patience: Patience
) -> float | None:
    """For how long, before it is asked again; None where that would be vain or might do something twice."""
    if delay_s is None:
        return None
    if isinstance(failure, NoAnswer):
        return delay_s if call.is_repeatable else None
    refused = failure.status == 429 and failure.code not in _ENDED  # a limit: nothing was done, whatever was asked
    if not (refused or (failure.status in _MEND_THEMSELVES and call.is_repeatable)):
        return None
    wanted_s = failure.retry_after_s
    if wanted_s is None:
        return delay_s
    return None if wanted_s > patience.longest_s else wanted_s


def silence(way: Way, error: httpx.TransportError) -> NoAnswer:
    """What a transport's error means to a person."""
    why = str(error) or type(error).__name__
    failure = NoAnswer(f"{way.site.address} does not answer ({why}). Is the address right, and the site up?")
    failure.__cause__ = error
    return failure


def problem_of(response: httpx.Response) -> Problem:
    """The refusal that an answer is, whether the site wrote it or something in front of it."""
    retry_after_s = _seconds(response.headers.get("Retry-After"))
    try:
        body = response.json() if "json" in response.headers.get("Content-Type", "") else {}
    except ValueError:
        body = {}
    if not isinstance(body, dict) or "code" not in body:
        sentence = f"The site answered with status {response.status_code} and nothing that explains it."
        return Problem(
            Refusal(response.status_code, f"HTTP_{response.status_code}", sentence, retry_after_s=retry_after_s)
        )
    return Problem(
        Refusal(
            status=response.status_code,
            code=str(body["code"]),
            sentence=str(body.get("detail", "")),
            fault=str(body.get("fault", "")),
            field=str(body.get("field", "")),
            numbers=dict(body.get("numbers") or {}),
            errors=tuple(
                FieldError(str(row.get("field", "")), str(row.get("code", "")), str(row.get("detail", "")))
                for row in body.get("errors") or ()
            ),
            documentation=str(response.request.url.join(str(body.get("type", "")))),
            retry_after_s=retry_after_s,
        )
    )


def _seconds(retry_after: str | None) -> float | None:
    """Seconds, or a moment (RFC 9110, 10.2.3)."""
    if retry_after is None:
        return None
    if retry_after.isdigit():
        return float(retry_after)
    moment = email.utils.parsedate_tz(retry_after)
    return None if moment is None else max(0.0, email.utils.mktime_tz(moment) - time.time())


@dataclass(frozen=True)
class Watch:
    """How something is waited for: at first often, then ever more rarely."""

    timeout_s: float = 600.0
    first_s: float = 0.1
    longest_s: float = 2.0
    listens: bool = False  # where the site offers a stream of events, wait for its last one, and ask only then


def wait_until(
    way: Way,
    call: Call[T],
    done: Callable[[T], bool],
    *,
    watch: Watch = Watch(),
    tell: Callable[[T], object] | None = None,
) -> Flow[T]:
    """Ask until ``done``; the last answer. ``tell`` hears of every answer that differs from the one before.

    Raises ``TookTooLong``. Where answers carry an ETag, one that did not change is not sent again.
    """
    deadline, pause_s = time.monotonic() + watch.timeout_s, watch.first_s
    asked, etag = call, None
    while True:
        response = yield from ask_raw(way, asked)
        if response.status_code != httpx.codes.NOT_MODIFIED:
            answer = call.read(response)
            if tell is not None:
                tell(answer)
            if done(answer):
                return answer
            etag = response.headers.get("ETag")
            asked = call.with_headers(If_None_Match=etag) if etag else call
        if time.monotonic() + pause_s > deadline:
            raise TookTooLong(f"Nothing came of it within {watch.timeout_s:g} s. It goes on; ask again later.")
        yield Pause(pause_s)
        pause_s = min(watch.longest_s, pause_s * 1.3)
