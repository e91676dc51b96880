"""Make an API token; the token itself is returned once and never kept."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from typing import Final

from django.db import transaction

from bounty import clock
from bounty.actions.record import record
from bounty.errors import Invalid
from bounty.models import ApiToken, User

PREFIX: Final = "bounty_"  # so that scanners for leaked secrets can know one
HINT_LENGTH: Final = 11


def issue_token(
    user: User, *, name: str, scopes: Sequence[str], expires_in_days: int | None = 90, by: User | None = None
) -> tuple[ApiToken, str]:
    """A token bound to ``user`` with those scopes; without days it does not expire. ``by`` makes it, where another."""
    unknown = sorted(set(scopes) - set(ApiToken.Scope.values))
    if unknown or not scopes:
        known = ", ".join(ApiToken.Scope.values)
        raise Invalid("UNKNOWN_SCOPE", f"A token needs one or more of the scopes {known}.", field="scopes")
    if not name.strip():
        raise Invalid("NAME_MISSING", "Give the token a name, to know it by later.", field="name")
    if expires_in_days is not None and expires_in_days < 1:
        raise Invalid("EXPIRY_TOO_SOON", "A token lasts one day at least.", field="expires_in_days")
    shown_once = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name.strip()[:80],
            hint=shown_once[:HINT_LENGTH],
            sha256=hashlib.sha256(shown_once.encode()).hexdigest(),
            scopes=sorted(set(scopes)),
            expires_at=clock.now() + dt.timedelta(days=expires_in_days) if expires_in_days else None,
        )
        record("issue_token", subject=f"token:{token.pk}", actor=by or user, scopes=token.scopes)
    return token, shown_once
