"""The chain of audit events: each event's digest covers its content and the digest before it."""

import hashlib
import json
from typing import Final

from bounty.models import AuditEvent

GENESIS: Final = "0" * 64


def digest_of(event: AuditEvent) -> str:
    """The sha256 of what the event says. The actor stands in ``data``: the account itself may be deleted."""
    content = {
        "previous": event.previous,
        "at": event.at.isoformat(),
        "competition": event.competition_id,
        "verb": event.verb,
        "subject": event.subject,
        "data": event.data,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def first_break() -> AuditEvent | None:
    """The first event that does not fit the one before it or its own content; None while the chain is whole."""
    previous = GENESIS
    for event in AuditEvent.objects.order_by("pk").iterator():
        if event.previous != previous or event.digest != digest_of(event):
            return event
        previous = event.digest
    return None
