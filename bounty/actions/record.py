"""Append one act to the audit record."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from bounty import audit
from bounty.models import AuditEvent, Competition, User

_REASON: Final[ContextVar[str]] = ContextVar("reason", default="")


@contextmanager
def because(reason: str) -> Iterator[None]:
    """Put ``reason``, if there is one, into the data of every event that is written in the block.

    Around an action instead of an argument of each: who acts from a page of one's own gives none.
    """
    token = _REASON.set(reason)
    try:
        yield
    finally:
        _REASON.reset(token)


def record(
    verb: str, *, subject: str, competition: Competition | None = None, actor: User | None = None, **data: Any
) -> AuditEvent:
    """Write the event in the caller's transaction, which it should end: events are written one at a time.

    ``data`` must be plain JSON and hold no hidden row's value, label or token.
    """
    # Rows are locked without their keys, here and everywhere: who holds a competition's lock may wait for this one, and
    # who holds this one is about to write a row that refers to the competition. With keys they would wait in a ring.
    # The first event is the lock of the chain. The last would not do: who waited for it would still see it as last.
    AuditEvent.objects.select_for_update(no_key=True).order_by("pk").first()
    last = AuditEvent.objects.order_by("-pk").first()
    reason = _REASON.get()
    event = AuditEvent(
        verb=verb,
        subject=subject,
        competition=competition,
        actor=actor,
        data=data | ({"actor": actor.pk} if actor else {}) | ({"reason": reason} if reason else {}),
        previous=last.digest if last else audit.GENESIS,
    )
    event.digest = audit.digest_of(event)
    event.save(force_insert=True)
    return event
