"""Small bundles, each shown to be accepted before a test breaks it."""

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.bounty.bundles import (
    SmallBundle,
    chances_bundle,
    real_bundle,
    routed_bundle,
    small_bundle,
    transcription_bundle,
)


@pytest.fixture(autouse=True)
def _own_storage(settings: Any, tmp_path: Path) -> None:
    """Files of one test are not found by the next, which may be given the same primary keys."""
    own = copy.deepcopy(settings.STORAGES)
    for name in ("default", "vault"):
        own[name]["OPTIONS"]["location"] = str(tmp_path / "stored" / name)
    settings.STORAGES = own


def _accepted(bundle: SmallBundle) -> SmallBundle:
    assert bundle.faults() == []
    return bundle


@pytest.fixture
def small(tmp_path: Path) -> SmallBundle:
    return _accepted(small_bundle(tmp_path / "bundle"))


@pytest.fixture
def small_csv(tmp_path: Path) -> SmallBundle:
    return _accepted(small_bundle(tmp_path / "bundle", suffix="csv"))


@pytest.fixture
def routed(tmp_path: Path) -> SmallBundle:
    return _accepted(routed_bundle(tmp_path / "bundle"))


@pytest.fixture
def real(tmp_path: Path) -> SmallBundle:
    return _accepted(real_bundle(tmp_path / "bundle"))


@pytest.fixture
def chances(tmp_path: Path) -> SmallBundle:
    return _accepted(chances_bundle(tmp_path / "bundle"))


@pytest.fixture
def transcription(tmp_path: Path) -> SmallBundle:
    return _accepted(transcription_bundle(tmp_path / "bundle"))
