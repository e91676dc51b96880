"""One row of the table before it is measured: which request, about what, in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Ask:
    """``about`` fills the route's address, ``send`` the body; both may name in braces what the world holds."""

    method: str
    route: str
    what: str
    about: dict[str, str] = field(default_factory=dict)
    send: dict[str, Any] | None = None
    fresh: bool = False  # by a browser in which the password was given a moment ago


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """``value`` with every name in braces put in."""
    if isinstance(value, dict):
        return {key: filled(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, names) for one in value]
    return value.format_map(names) if isinstance(value, str) else value
