"""What a first visitor finds: one generated competition, open, and accounts to try it with."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from django.conf import settings

from bounty.actions.import_bundle import import_bundle
from bounty.actions.publish_competition import publish_competition
from bounty.logins import PASSWORD
from bounty.models import Competition, User
from scoring import lending

SEED: Final = 2022
SLUG: Final = "lending"  # of the generated competition


def prepare(*, say: Callable[[str], object]) -> None:
    """Make the accounts and the competition unless they are there. Production makes neither."""
    if settings.PRODUCTION:
        return
    olga = _account("olga", is_staff=True, is_superuser=True)
    for name in ("alice", "bob", "charlie"):
        _account(name)
    for unfinished in Competition.objects.filter(organiser=olga, state=Competition.State.DRAFT, slug=SLUG):
        publish_competition(unfinished, by=olga)  # a start that was killed in between
    if Competition.objects.exists():
        return
    say("Making the demonstration competition ...")
    with tempfile.TemporaryDirectory() as folder:
        lending.bundle(Path(folder), seed=SEED)
        competition = import_bundle(Path(folder), organiser=olga)
    publish_competition(competition, by=olga)


def _account(name: str, **rights: bool) -> User:
    user, made = User.objects.get_or_create(username=name, defaults={"email": f"{name}@example.org", **rights})
    if made:
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    return user
