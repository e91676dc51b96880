"""What the migrations make of versions from before anything could be undone, and where there is no way back."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from django.apps import apps
from django.db.migrations.exceptions import IrreversibleError

from bounty.models import Competition, HostedModelVersion, User
from submissions.actions.merge import load_protected
from submissions.actions.roll_back_version import roll_back_version
from submissions.models import Merge

ROOT = Path(__file__).resolve().parents[2]


def migration(app: str, name: str) -> ModuleType:
    (file,) = (ROOT / app / "migrations").glob(f"*_{name}.py")
    return import_module(f"{app}.migrations.{file.stem}")


def test_every_version_comes_to_stand_on_the_one_before_it(merges: list[Merge], small_competition: Competition) -> None:
    HostedModelVersion.objects.update(base=None)
    migration("bounty", "lines_of_versions").stand_on_the_one_before(apps, None)
    assert [version.number for version in load_protected(small_competition).versions] == list(range(7))


def test_there_is_no_way_back_once_something_was_undone(
    merges: list[Merge], small_competition: Competition, olga: User
) -> None:
    reversals = migration("submissions", "reversals")
    reversals.refuse_once_used(apps, None)
    roll_back_version(small_competition.versions.get(number=3), by=olga, reason="The group was drawn too wide.")
    with pytest.raises(IrreversibleError):
        reversals.refuse_once_used(apps, None)
