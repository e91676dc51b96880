"""A bundle comes in whole or not at all."""

import hashlib
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.core.management import CommandError, call_command

from bounty import arrays, public_data, vault
from bounty.actions import import_bundle as action
from bounty.actions.import_bundle import import_bundle
from bounty.bundle.faults import BundleRefused
from bounty.errors import Refused
from bounty.models import AuditEvent, Competition, DataColumn, DataSplit, HostedModelVersion, User
from scoring.recipes import Recipe, train
from tests.bounty.bundles import SmallBundle
from tests.shared import DATA, needs_shared


def _files() -> set[Path]:
    roots = [Path(settings.STORAGES[name]["OPTIONS"]["location"]) for name in ("default", "vault")]
    return {path for root in roots for path in root.rglob("*") if path.is_file()}


def _rows() -> tuple[int, ...]:
    models = (Competition, DataColumn, DataSplit, HostedModelVersion, AuditEvent)
    return tuple(model.objects.count() for model in models)


def test_writes_a_draft_with_splits_columns_and_version_0(small: SmallBundle, olga: User) -> None:
    competition = import_bundle(small.folder, organiser=olga)
    assert (competition.state, competition.slug, competition.organiser) == ("draft", "small-loans", olga)
    assert (competition.classes, competition.positive_label) == ([0, 1], "0")
    splits = {split.name: (split.rows, split.units, bool(split.file)) for split in competition.splits.all()}
    assert splits == {
        "train": (90, 45, True),
        "validation": (40, 20, True),
        "holdout": (60, 30, False),
        "guard": (60, 30, False),
        "sealed": (120, 60, False),
    }
    assert [(version.number, version.nodes) for version in competition.versions.all()] == [(0, [])]
    assert AuditEvent.objects.get().verb == "import_bundle"


def test_gives_every_column_its_role_and_puts_features_first(small: SmallBundle, olga: User) -> None:
    competition = import_bundle(small.folder, organiser=olga)
    roles = [(c.name, str(c.role), str(c.kind), c.demographic) for c in competition.data_columns.all()]
    assert roles == [
        ("age", "feature", "number", False),
        ("income", "feature", "number", False),
        ("job", "feature", "text", False),
        ("sex", "feature", "text", True),
        ("row", "id", "number", False),
        ("household", "unit", "text", False),
        ("weight", "weight", "number", False),
        ("defaulted", "label", "number", False),
    ]


def test_version_0_is_the_recipe_trained_on_train(small: SmallBundle, olga: User) -> None:
    competition = import_bundle(small.folder, organiser=olga)
    version, public = competition.versions.get(), public_data.load(competition)
    stored = dict(version.recipe)
    assert stored.pop("kind") == "sklearn"
    rows = np.arange(public.train.start, public.train.stop)
    sample = public.sample.take(rows)
    model = train(
        Recipe.from_json(stored),
        public.table.take(rows),
        sample.labels,
        task=competition.task,
        n_classes=2,
        weights=sample.weights,
    )
    np.testing.assert_array_equal(arrays.load(version.public_answers), model.answers(public.table))
    hidden = vault.features(competition).table
    np.testing.assert_array_equal(arrays.load(version.hidden_answers), model.answers(hidden))


def test_a_column_of_predictions_answers_as_the_file_says(routed: SmallBundle, olga: User) -> None:
    competition = import_bundle(routed.folder, organiser=olga)
    expected = np.concatenate([routed.frames[split]["system_a"] for split in DataSplit.HIDDEN])
    np.testing.assert_array_equal(arrays.load(competition.versions.get().hidden_answers), expected)
    other = np.concatenate([routed.frames[split]["system_b"] for split in ("train", "validation")])
    assert list(public_data.load(competition).candidates) == ["system_b"]
    np.testing.assert_array_equal(public_data.load(competition).candidates["system_b"], other)


def test_the_answers_of_a_transcription_are_columns(transcription: SmallBundle, olga: User) -> None:
    competition = import_bundle(transcription.folder, organiser=olga)
    hidden, labels = vault.features(competition), vault.labels(competition)
    assert set(arrays.load(competition.versions.get().hidden_answers)) == {0}
    assert set(hidden.candidates["system_b"]) == {1}
    losses = labels.losses(hidden.candidates["system_b"])
    first = transcription.frames["holdout"].iloc[0]
    missed = len(first["defaulted"].split()) - len(first["system_b"].split())
    assert losses[0] == missed / len(first["defaulted"].split())


def test_a_regression_takes_its_range_from_train_alone(real: SmallBundle, olga: User) -> None:
    real.frames["sealed"].loc[0, "defaulted"] = 10_000.0
    competition = import_bundle(real.write(), organiser=olga)
    labels = real.frames["train"]["defaulted"]
    assert (competition.value_low, competition.value_high) == (labels.min(), labels.max())


def test_splits_a_guard_off_the_holdout_by_unit_and_says_so(
    small: SmallBundle, olga: User, capsys: pytest.CaptureFixture[str]
) -> None:
    small.manifest["splits"].pop("guard")
    call_command("import_bundle", small.write(), organiser="olga")
    said = capsys.readouterr().out
    competition = Competition.objects.get()
    sizes = dict(competition.splits.values_list("name", "rows"))
    assert (sizes["holdout"], sizes["guard"]) == (30, 30)
    assert f"with seed {int(competition.bundle_sha256[:12], 16)}" in said
    features, units = vault.features(competition), vault.labels(competition).units
    assert units is not None
    assert not set(units[features.rows["holdout"]]) & set(units[features.rows["guard"]])


def test_the_same_bundle_is_split_alike_every_time(small: SmallBundle, olga: User) -> None:
    small.manifest["splits"].pop("guard")
    small.write()
    first, second = action.examine(small.folder), action.examine(small.folder)
    pd.testing.assert_frame_equal(first.frames["guard"].rows, second.frames["guard"].rows)


def test_refuses_a_slug_that_is_taken_and_leaves_the_first_alone(small: SmallBundle, olga: User) -> None:
    import_bundle(small.folder, organiser=olga)
    before = (_rows(), _files())
    with pytest.raises(Refused) as refused:
        import_bundle(small.folder, organiser=olga)
    assert (refused.value.code, _rows(), _files()) == ("SLUG_TAKEN", *before)


def test_a_bundle_with_faults_leaves_nothing_behind(small: SmallBundle, olga: User) -> None:
    small.frames["sealed"].loc[0, "defaulted"] = 9
    before = (_rows(), _files())
    with pytest.raises(BundleRefused) as refused:
        import_bundle(small.write(), organiser=olga)
    assert [fault.code for fault in refused.value.faults] == ["LABEL_UNKNOWN"]
    assert (_rows(), _files()) == before


def test_a_model_that_cannot_be_trained_is_a_fault_and_leaves_nothing_behind(small: SmallBundle, olga: User) -> None:
    before = (_rows(), _files())
    small.manifest["model"] = {
        "kind": "sklearn",
        "estimator": "sklearn.neighbors.KNeighborsClassifier",
        "params": {"n_neighbors": 91},
    }
    with pytest.raises(BundleRefused) as refused:
        import_bundle(small.write(), organiser=olga)
    assert [(fault.column, fault.code) for fault in refused.value.faults] == [
        ("model.params.n_neighbors", "RECIPE_REFUSED")
    ]
    assert (_rows(), _files()) == before
    small.manifest["model"]["params"]["n_neighbors"] = 90
    import_bundle(small.write(), organiser=olga)


@pytest.mark.parametrize("step", ["describe", "record", "_store", "_first_version"])
def test_an_import_that_fails_midway_leaves_nothing_behind(
    small: SmallBundle, olga: User, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = (_rows(), _files())
    with monkeypatch.context() as patch:
        patch.setattr(action, step, _fail)
        with pytest.raises(OSError, match="disk full"):
            import_bundle(small.folder, organiser=olga)
        assert (_rows(), _files()) == before
    import_bundle(small.folder, organiser=olga)
    assert _files() > before[1]


def _fail(*_args: object, **_options: object) -> None:
    raise OSError("disk full")


def test_a_file_left_by_a_killed_import_is_written_over(small: SmallBundle, olga: User) -> None:
    competition = import_bundle(small.folder, organiser=olga)
    Competition.objects.filter(pk=competition.pk).update(slug="other")
    again = import_bundle(small.folder, organiser=olga)
    stale = f"competitions/{again.pk + 1}-{again.bundle_sha256[:16]}/train.parquet"
    storages["default"].save(stale, io.BytesIO(b"half a file"))
    Competition.objects.filter(pk=again.pk).update(slug="another")
    third = import_bundle(small.folder, organiser=olga)
    assert third.pk == again.pk + 1
    assert len(public_data.read_split(third.splits.get(name="train"))) > len(b"half a file")


def test_check_writes_nothing_and_exits_well(small: SmallBundle, db: None, capsys: pytest.CaptureFixture[str]) -> None:
    before = (_rows(), _files())
    call_command("import_bundle", small.folder, check=True)
    assert "The bundle is valid: train 90 rows" in capsys.readouterr().out
    assert (_rows(), _files()) == before


@pytest.mark.parametrize("check", [True, False])
def test_the_command_exits_1_and_names_file_column_and_row(
    small: SmallBundle, olga: User, capsys: pytest.CaptureFixture[str], check: bool
) -> None:
    small.frames["sealed"].loc[6, "defaulted"] = 9
    small.manifest["rules"]["delta"] = 3.0
    with pytest.raises(CommandError) as refused:
        call_command("import_bundle", small.write(), check=check, organiser="olga")
    said = capsys.readouterr().out
    assert (refused.value.returncode, str(refused.value)) == (1, "2 faults; nothing was written.")
    assert "sealed.parquet, row 7, defaulted: The label 9 is not among train's labels (row 7). [LABEL_UNKNOWN]" in said
    assert "rules.delta: rules.delta must be" in said


def test_the_command_asks_whose_competition_it_is(small: SmallBundle, olga: User) -> None:
    with pytest.raises(CommandError, match="--organiser"):
        call_command("import_bundle", small.folder)
    with pytest.raises(CommandError, match="no account nobody"):
        call_command("import_bundle", small.folder, organiser="nobody")
    User.objects.filter(pk=olga.pk).update(is_superuser=True)
    call_command("import_bundle", small.folder)
    assert Competition.objects.get().organiser == olga


def test_the_digest_covers_every_file(small: SmallBundle, olga: User) -> None:
    before = action.examine(small.folder).sha256
    assert action.examine(small.folder).sha256 == before
    small.frames["guard"].loc[0, "age"] += 1
    assert action.examine(small.write()).sha256 != before


def test_imports_csv_as_it_does_parquet(small_csv: SmallBundle, olga: User) -> None:
    competition = import_bundle(small_csv.folder, organiser=olga)
    split = competition.splits.get(name="train")
    assert hashlib.sha256(public_data.read_split(split)).hexdigest() == split.sha256
    assert public_data.load(competition).table.names == ("age", "income", "job", "sex")


@needs_shared
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("acs-income-ca", (10_321, 3_441, 5_160, 5_161, 10_321)),
        ("acs-income-us", (88_515, 29_505, 44_258, 44_258, 88_515)),
        ("edacc-speech", (1_615, 1_544, 1_904, 3_430)),
        ("hatecheck-text", (1_000, 547, 496, 1_393)),
    ],
)
def test_imports_real_data(name: str, rows: tuple[int, ...], olga: User) -> None:
    competition = import_bundle(DATA / name, organiser=olga)
    assert tuple(competition.splits.order_by("pk").values_list("rows", flat=True)) == rows
    assert vault.labels(competition).n == sum(rows[-3:])
    error = vault.labels(competition).losses(arrays.load(competition.versions.get().hidden_answers)).mean()
    assert 0.1 < error < 0.4
