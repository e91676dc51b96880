"""Say of oneself what others may read."""

from typing import Final

from django.db import transaction

from bounty.actions.record import record
from bounty.models import User

FIELDS: Final = ("first_name", "last_name", "affiliation", "about", "homepage")


def edit_profile(user: User, **changes: str) -> User:
    """Write the changed ones of ``FIELDS``; the record says which, not what."""
    changed = [name for name in FIELDS if name in changes and getattr(user, name) != changes[name]]
    if changed:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(**{name: changes[name] for name in changed})
            record("edit_profile", subject=f"account:{user.pk}", actor=user, fields=changed)
    user.refresh_from_db()
    return user
