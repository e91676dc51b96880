"""Hidden rows: kept apart, checked, and opened through one door."""

import configparser
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.conf import settings
from django.core.files.storage import storages

from bounty import public_data, vault
from bounty.actions.import_bundle import import_bundle
from bounty.errors import BountyError
from bounty.models import Competition, DataSplit, User
from tests.bounty.bundles import SmallBundle

REPO = Path(__file__).resolve().parents[2]
CONTRACT = "the vault has one reader, and one writer"


@pytest.fixture
def imported(small: SmallBundle, olga: User) -> Competition:
    return import_bundle(small.folder, organiser=olga)


def _vault() -> Path:
    return Path(settings.STORAGES["vault"]["OPTIONS"]["location"])


def test_pools_the_hidden_splits_in_their_order(imported: Competition, small: SmallBundle) -> None:
    features, labels = vault.features(imported), vault.labels(imported)
    assert features.rows == {"holdout": slice(0, 60), "guard": slice(60, 120), "sealed": slice(120, 240)}
    pooled = pd.concat([small.frames[split] for split in DataSplit.HIDDEN], ignore_index=True)
    np.testing.assert_array_equal(features.table["age"].values, pooled["age"])
    np.testing.assert_array_equal(labels.labels, pooled["defaulted"])
    np.testing.assert_array_equal(labels.weights, pooled["weight"])
    assert labels.units is not None
    assert len(np.unique(labels.units)) == pooled["household"].nunique()
    assert labels.positive == 0


def test_keeps_labels_ids_and_units_out_of_the_features(imported: Competition) -> None:
    assert vault.features(imported).table.names == ("age", "income", "job", "sex")
    for path in _vault().rglob("features.parquet"):
        assert list(pd.read_parquet(path).columns) == ["age", "income", "job", "sex"]
    for path in _vault().rglob("labels.parquet"):
        assert list(pd.read_parquet(path).columns) == ["row", "household", "weight", "defaulted"]


def test_no_one_else_on_the_machine_may_read_its_files(imported: Competition) -> None:
    paths = list(_vault().rglob("*"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_file()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_dir()} == {0o700}


def test_refuses_a_split_that_was_changed_after_the_import(imported: Competition) -> None:
    vault._read.cache_clear()
    path = next(_vault().rglob("sealed/labels.parquet"))
    kept = path.read_bytes()
    labels = pd.read_parquet(path)
    labels.loc[0, "defaulted"] = 1 - labels.loc[0, "defaulted"]
    labels.to_parquet(path, index=False)
    with pytest.raises(BountyError) as refused:
        vault.labels(imported)
    assert refused.value.code == "SPLIT_DAMAGED"
    path.write_bytes(kept)
    assert vault.labels(imported).n == 240


def test_hidden_rows_are_in_no_public_file_and_no_column_of_the_dictionary(small: SmallBundle, olga: User) -> None:
    for split in DataSplit.HIDDEN:  # values that stand in hidden rows alone
        small.frames[split].loc[0, ["age", "job", "household"]] = [111, f"secret-{split}", f"secret-unit-{split}"]
    competition = import_bundle(small.write(), organiser=olga)
    public = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    stored = [pd.read_parquet(path) for path in public.rglob("*.parquet")]
    hidden = pd.concat([small.frames[split] for split in DataSplit.HIDDEN])
    assert sum(map(len, stored)) == 130
    assert not set(pd.concat(stored)["row"]) & set(hidden["row"])
    told = str(list(competition.data_columns.values()))
    assert "secret" not in told
    ages = competition.data_columns.get(name="age").summary
    assert ages["max"] == pd.concat(stored)["age"].max() < 111


def test_the_dictionary_does_not_change_with_the_hidden_labels(small: SmallBundle, olga: User) -> None:
    first = import_bundle(small.folder, organiser=olga)
    for split in DataSplit.HIDDEN:
        small.frames[split]["defaulted"] = 1 - small.frames[split]["defaulted"]
    small.manifest["slug"] = "turned"
    second = import_bundle(small.write(), organiser=olga)
    fields = ["name", "role", "kind", "missing_share", "summary"]
    assert list(first.data_columns.values(*fields)) == list(second.data_columns.values(*fields))
    assert vault.labels(first).labels.tolist() != vault.labels(second).labels.tolist()


def test_public_and_hidden_rows_lie_in_different_storages(imported: Competition) -> None:
    _, kept = storages["default"].listdir(Path(imported.splits.get(name="train").file).parent)
    assert sorted(kept) == ["train.parquet", "validation.parquet"]
    assert [split.file for split in imported.splits.filter(name__in=DataSplit.HIDDEN)] == ["", "", ""]
    assert public_data.load(imported).table.n_rows == 130


def test_only_import_and_evidence_may_import_the_vault(tmp_path: Path) -> None:
    for package in ("bounty", "submissions", "scoring"):
        shutil.copytree(REPO / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "static"))
    _write_contract(tmp_path / ".importlinter")
    assert _lint(tmp_path).returncode == 0
    (tmp_path / "bounty" / "peek.py").write_text("from bounty import vault\n\nprint(vault)\n")
    refused = _lint(tmp_path)
    assert refused.returncode == 1
    assert "bounty.peek -> bounty.vault" in refused.stdout


def _write_contract(path: Path) -> None:
    """The project's own contract on the vault, alone."""
    tool = tomllib.loads((REPO / "pyproject.toml").read_text())["tool"]["importlinter"]
    [contract] = [contract for contract in tool["contracts"] if contract["name"] == CONTRACT]
    written = configparser.ConfigParser()
    written["importlinter"] = {"root_packages": "\n" + "\n".join(tool["root_packages"])}
    written["importlinter:contract:vault"] = {
        key: "\n" + "\n".join(value) if isinstance(value, list) else str(value) for key, value in contract.items()
    }
    with path.open("w") as file:
        written.write(file)


def _lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
