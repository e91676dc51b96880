"""The world is made, and everything asked of it, once a run."""

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.permissions.measure import Measuring, visitors
from tests.permissions.routes import routes
from tests.permissions.world import made


@pytest.fixture
def measuring(db: None, settings: Any, tmp_path: Path) -> Measuring:
    own = copy.deepcopy(settings.STORAGES)
    for name in ("default", "vault"):
        own[name]["OPTIONS"]["location"] = str(tmp_path / "stored" / name)
    settings.STORAGES = own
    people, names = made(tmp_path)
    return Measuring(routes(), visitors(people), names)
