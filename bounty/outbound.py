"""Requests to addresses that others name: never to a machine that the public Internet does not reach.

A name is looked up once, every address it has is checked, and the connection goes to one that was: what the name says a
moment later does not matter. The certificate is still checked against the name. No redirect is followed, no proxy of
the environment is used, the answer's body is not read, and the whole takes ``TIME_S`` at most.
"""

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import httpx
from django.conf import settings

TIME_S: Final = 10.0
PORTS: Final = (443, 8443)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Public by their number, and yet a cloud's own services to the machines inside it.
_CLOUDS: Final = frozenset({ipaddress.ip_address("168.63.129.16")})
# What carries an address of the older protocol within, and would be led to it: NAT64.
_TRANSLATED: Final = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


class NotSent(Exception):
    """There was no answer; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Target:
    """An address as its parts."""

    host: str
    port: int
    url: SplitResult


def parse(url: str) -> Target:
    """The parts of ``url``. Raises NotSent unless it is one that may be asked at all, wherever its name leads."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise NotSent("ADDRESS_INVALID") from error
    host = parts.hostname or ""
    if parts.scheme not in ({"https", "http"} if settings.WEBHOOKS_LOCAL else {"https"}):
        raise NotSent("ADDRESS_NOT_HTTPS")
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise NotSent("ADDRESS_INVALID")
    if port not in PORTS and not settings.WEBHOOKS_LOCAL:
        raise NotSent("ADDRESS_PORT")
    return Target(host, port, parts)


def is_public(address: Address) -> bool:
    """Whether the public Internet leads there: not this machine, this network, or what only stands for one of them."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local or any(address in network for network in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved and address not in _CLOUDS


async def look_up(target: Target) -> Address:
    """The first of the name's addresses. Raises NotSent if any of them is not public: it would be one by chance."""
    try:
        found = await asyncio.wrap_future(_resolving(target))
    except (OSError, ValueError) as error:
        raise NotSent("NAME_UNKNOWN") from error
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not addresses:
        raise NotSent("NAME_UNKNOWN")
    for address in addresses:
        allowed = is_public(address) or (settings.WEBHOOKS_LOCAL and address.is_loopback)
        if not allowed:
            raise NotSent("ADDRESS_NOT_PUBLIC")
    return addresses[0]


def _resolving(target: Target) -> Future[list[Any]]:
    """The name's addresses, by a thread that nobody waits for: the system's resolver cannot be told how long it has,
    and takes many times what there is for the whole where a name's own servers are silent."""
    found: Future[list[Any]] = Future()
    found.set_running_or_notify_cancel()  # or whoever gives up would cancel it under the thread

    def resolve() -> None:
        try:
            found.set_result(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except (OSError, ValueError) as error:
            found.set_exception(error)

    threading.Thread(target=resolve, name="resolver", daemon=True).start()
    return found


async def post(url: str, *, content: bytes, headers: Mapping[str, str]) -> int:
    """Send ``content``; the status of the answer. Raises NotSent where there is none."""
    try:
        async with asyncio.timeout(TIME_S):
            target = parse(url)
            return await _post(target, await look_up(target), content, headers)
    except TimeoutError as error:
        raise NotSent("NO_ANSWER_IN_TIME") from error


async def _post(target: Target, address: Address, content: bytes, headers: Mapping[str, str]) -> int:
    shown = f"[{target.host}]" if ":" in target.host else target.host
    default = {"https": 443, "http": 80}[target.url.scheme]
    host = shown if target.port == default else f"{shown}:{target.port}"
    numeric = f"[{address}]" if address.version == 6 else str(address)
    pinned = target.url._replace(netloc=f"{numeric}:{target.port}").geturl()
    try:
        async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=TIME_S) as client:
            request = client.build_request(
                *("POST", pinned), content=content, headers={**headers, "Host": host}, extensions=_name(target.host)
            )
            answer = await client.send(request, stream=True)
            await answer.aclose()
            return answer.status_code
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise NotSent("NO_CONNECTION") from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise NotSent("NO_ANSWER") from error


def _name(host: str) -> dict[str, str]:
    """What the certificate must be for: the name, though the connection goes to a number."""
    return {"sni_hostname": host}
