"""Every route of the site, read from the URL resolver: what it is called, and where it lies."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_NAMED_GROUP: Final = re.compile(r"\(\?P<(\w+)>[^)]*\)")
_SAID: Final = {"pk": "ID", "object_id": "ID"}
_CONVERTED: Final = re.compile(r"<\w+:(\w+)>")


@dataclass(frozen=True)
class Route:
    """``name`` as in ``reverse``, or the address where it has none; ``address`` with ``<slug>`` for what varies."""

    name: str
    address: str

    @property
    def readable(self) -> str:
        """The address as documentation writes it: ``/competitions/SLUG/``."""
        return re.sub(r"<(\w+)>", lambda found: _SAID.get(found[1], found[1].upper()), self.address)

    @property
    def varies(self) -> list[str]:
        return re.findall(r"<(\w+)>", self.address)

    @property
    def is_of_admin(self) -> bool:
        return self.address.startswith("/admin/")


def routes() -> dict[str, Route]:
    """All of them by name, in the order in which they are tried."""
    return {route.name: route for route in _under(get_resolver(), "", ())}


def _under(resolver: URLResolver, before: str, spaces: tuple[str, ...]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        written = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _under(entry, written, (*spaces, entry.namespace) if entry.namespace else spaces)
        elif isinstance(entry, URLPattern):
            address = "/" + re.sub(r"[\^$\\]", "", _CONVERTED.sub(r"<\1>", _NAMED_GROUP.sub(r"<\1>", written)))
            yield Route(":".join((*spaces, entry.name)) if entry.name else address, address)


def admin_models() -> list[type[Model]]:
    """What has pages of its own in the admin."""
    return sorted(admin.site._registry, key=lambda model: model._meta.label_lower)


def admin_folder(model: type[Model]) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
