"""What allauth does to an account, in the audit record: its views are the actions, and these its verbs."""

from typing import Any, Final

from allauth.account import signals
from django.db import transaction
from django.dispatch import Signal

from bounty.actions.record import record
from bounty.models import User

VERBS: Final[dict[str, Signal]] = {
    "sign_up": signals.user_signed_up,
    "confirm_address": signals.email_confirmed,
    "change_password": signals.password_changed,
    "set_password": signals.password_set,
    "reset_password": signals.password_reset,
}


def listen() -> None:
    """Record each of them from now on."""
    for verb, signal in VERBS.items():
        signal.connect(_recorder(verb), weak=False, dispatch_uid=f"record {verb}")


def _recorder(verb: str) -> Any:
    def receive(sender: object, **about: Any) -> None:
        address = about.get("email_address")
        user = about.get("user") or (address.user if address else None)
        assert isinstance(user, User)
        with transaction.atomic():
            record(verb, subject=f"account:{user.pk}", actor=user)

    return receive
