"""The client of Bounty: ``Client`` waits for its answers, ``AsyncClient`` is awaited, and both can do the same.

from bounty_client import Client

with Client("https://bounty.example", token="...") as bounty:
    sent = bounty.submit("lending", predicate="sex == 'Female'")
    print(bounty.wait_for_submission(sent["id"])["verdict"])
"""

import importlib
from typing import TYPE_CHECKING, Any, Final

from bounty_client.problems import ClientError, Damaged, FieldError, NoAnswer, NotSignedIn, Problem, TookTooLong

if TYPE_CHECKING:
    from bounty_client.asynchronous import AsyncClient
    from bounty_client.flows import Patience
    from bounty_client.sync import Client

__all__ = [
    "AsyncClient",
    "Client",
    "ClientError",
    "Damaged",
    "FieldError",
    "NoAnswer",
    "NotSignedIn",
    "Patience",
    "Problem",
    "TookTooLong",
]
_LATER: Final = {
    "AsyncClient": "bounty_client.asynchronous",
    "Client": "bounty_client.sync",
    "Patience": "bounty_client.flows",
}


def __getattr__(name: str) -> Any:
    """The clients are loaded when they are first named: the shell's help need not wait for what speaks HTTP."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LATER[name]), name)
