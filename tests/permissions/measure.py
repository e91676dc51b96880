"""The measurement: every request by every visitor, each undone before the next."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from django.contrib.messages import constants, get_messages
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from bounty.actions.issue_token import issue_token
from bounty.models import AuditEvent, User
from tests.conftest import PASSWORD
from tests.permissions.ask import Ask, filled
from tests.permissions.routes import METHODS, Route
from tests.permissions.world import PERSONS, People

READS: Final = "alice, read-only token"
VISITORS: Final = ("anonymous", *PERSONS, READS)
SIGN_IN: Final = "302 sign in"
ONCE_MORE: Final = "302 password"
NOT_NOW: Final = "302 refused"
REFUSED: Final = frozenset({SIGN_IN, ONCE_MORE, NOT_NOW, "401", "403", "404", "405", "409", "422", "429"})


@dataclass(frozen=True)
class Visitor:
    """By session for pages, by token for the API."""

    name: str
    of_pages: Callable[[], Client] | None
    of_api: Callable[[], Client]
    fresh: Callable[[], Client] | None = None


def visitors(people: People) -> list[Visitor]:
    nobody = _as_at_first(_client())
    everyone = [Visitor("anonymous", nobody, _as_at_first(APIClient(raise_request_exception=False)), nobody)]
    everyone += [signed_in(name, user) for name, user in people.items()]
    return [*everyone, Visitor(READS, None, _by_token(people["alice"], "read"))]


def signed_in(name: str, user: User) -> Visitor:
    return Visitor(name, _by_session(user), _by_token(user), _by_session(user, fresh=True))


def _client() -> Client:
    return Client(raise_request_exception=False)


def _by_session(user: User, *, fresh: bool = False) -> Callable[[], Client]:
    client = _client()
    client.force_login(user)
    if fresh:
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return _as_at_first(client)


def _by_token(user: User, *scopes: str) -> Callable[[], Client]:
    _, token = issue_token(user, name="measuring", scopes=scopes or ("read", "submit", "organise"))
    return _as_at_first(APIClient(raise_request_exception=False, HTTP_AUTHORIZATION=f"Bearer {token}"))


def _as_at_first(client: Client) -> Callable[[], Client]:
    """The client, each time without the cookies that its requests have got; a new one would load all middleware."""
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}

    def again() -> Client:
        client.cookies.clear()
        client.cookies.load(cookies)
        return client

    return again


@dataclass(frozen=True)
class Measuring:
    """The routes, the people and what they ask about, ready to be asked."""

    routes: dict[str, Route]
    visitors: list[Visitor]
    names: Mapping[str, str]

    def cells(self, ask: Ask) -> list[str]:
        """The outcome for each visitor; empty for a token at a page."""
        return [self.outcome(visitor, ask) for visitor in self.visitors]

    def outcome(self, visitor: Visitor, ask: Ask) -> str:
        is_api = self.routes[ask.route].address.startswith("/api/")
        client = visitor.of_api if is_api else visitor.fresh if ask.fresh else visitor.of_pages
        if client is None:
            return ""
        names = {**self.names, "visitor": visitor.name}
        send = filled(ask.send, names)
        how = {"format": "json"} if is_api and send is not None else {}
        return self._undone(client(), ask.method.lower(), self.address(ask), send, how)

    def address(self, ask: Ask) -> str:
        address = self.routes[ask.route].address
        for name, value in {**self.names, **filled(ask.about, self.names)}.items():
            address = address.replace(f"<{name}>", quote(value, safe="/:"))
        return address

    def _undone(self, client: Client, method: str, address: str, send: Any, how: dict[str, Any]) -> str:
        """What was changed is undone, so that the next visitor meets the same; what was refused has changed nothing."""
        cache.clear()  # throttles and allauth's limits count in it
        with transaction.atomic():
            before = AuditEvent.objects.count()
            found = _read(getattr(client, method)(address, send, **how))
            recorded = AuditEvent.objects.count() - before
            transaction.set_rollback(True)
        assert not (found in REFUSED and recorded), f"{method} {address} was refused ({found}), and yet did something"
        return found


def _read(response: Any) -> str:
    """The status; of a redirect also where it leads, where that means that nothing was done."""
    if response.status_code != 302:
        return str(response.status_code)
    target, _, query = response["Location"].partition("?")
    if target in {reverse("login"), reverse("admin:login")} and "next=" in query:
        return SIGN_IN
    if target == reverse("account_reauthenticate"):
        return ONCE_MORE
    said = get_messages(response.wsgi_request)
    return NOT_NOW if any(message.level >= constants.WARNING for message in said) else "302"


def not_offered(routes: dict[str, Route], asked: Iterable[Ask], visitor: Visitor) -> list[str]:
    """Each route by every method that no row asks for: those that are answered with anything but 405.

    A method is refused before anything is looked for, so the addresses need not lead anywhere.
    """
    listed = {(ask.route, ask.method) for ask in asked}
    measuring = Measuring(routes, [visitor], {})
    others = [(route, method) for route in routes.values() for method in METHODS if (route.name, method) not in listed]
    asks = [Ask(method, route.name, "", dict.fromkeys(route.varies, "1"), {}) for route, method in others]
    met = {f"{ask.method} {ask.route}": measuring.outcome(visitor, ask) for ask in asks}
    return [f"{request}: {found}" for request, found in met.items() if found != "405"]
