"""Public rows: what entrants download is what everything is computed from."""

import hashlib
import io

import numpy as np
import pandas as pd
import pytest
from django.core.files.storage import storages

from bounty import public_data
from bounty.actions.import_bundle import import_bundle
from bounty.errors import BountyError
from bounty.models import Competition, DataColumn, User
from scoring.tables import NumberColumn
from tests.bounty.bundles import SmallBundle


@pytest.fixture
def imported(small: SmallBundle, olga: User) -> Competition:
    return import_bundle(small.folder, organiser=olga)


def test_train_comes_first_and_validation_after_it(imported: Competition, small: SmallBundle) -> None:
    public = public_data.load(imported)
    assert (public.train, public.validation) == (slice(0, 90), slice(90, 130))
    rows = pd.concat([small.frames["train"], small.frames["validation"]])
    np.testing.assert_array_equal(public.table["age"].values, rows["age"])
    np.testing.assert_array_equal(public.sample.labels, rows["defaulted"])


def test_labels_are_those_of_train_as_the_file_has_them(small: SmallBundle, olga: User) -> None:
    for frame in small.frames.values():
        frame["defaulted"] = frame["defaulted"] + 5
    small.manifest["positive_label"] = 6
    public = public_data.load(import_bundle(small.write(), organiser=olga))
    assert isinstance(public.labels, NumberColumn)
    np.testing.assert_array_equal(public.labels.values, small.frames["train"]["defaulted"])
    np.testing.assert_array_equal(public.sample.labels[:90], small.frames["train"]["defaulted"] - 5)


def test_without_validation_there_is_none(small: SmallBundle, olga: User) -> None:
    del small.manifest["splits"]["validation"]
    public = public_data.load(import_bundle(small.write(), organiser=olga))
    assert (public.train, public.validation, public.table.n_rows) == (slice(0, 90), None, 90)


def test_a_download_has_every_column_and_the_stored_digest(imported: Competition, small: SmallBundle) -> None:
    split = imported.splits.get(name="train")
    data = public_data.read_split(split)
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (split.sha256, split.size_bytes)
    pd.testing.assert_frame_equal(
        pd.read_parquet(io.BytesIO(data)), small.frames["train"], check_dtype=False, check_column_type=False
    )


def test_csv_holds_the_same_rows(imported: Competition) -> None:
    split = imported.splits.get(name="train")
    parquet = pd.read_parquet(io.BytesIO(public_data.read_split(split)))
    csv = pd.read_csv(io.BytesIO(public_data.as_csv(split)), keep_default_na=False, na_values=[""])
    pd.testing.assert_frame_equal(csv, parquet)


def test_refuses_a_file_that_was_changed_after_the_import(imported: Competition) -> None:
    split = imported.splits.get(name="train")
    kept = public_data.read_split(split)
    storages["default"].delete(split.file)
    storages["default"].save(split.file, io.BytesIO(kept + b"x"))
    with pytest.raises(BountyError) as refused:
        public_data.read_split(split)
    assert refused.value.code == "SPLIT_DAMAGED"


def test_whole_numbers_with_gaps_are_real_numbers_in_every_split(small: SmallBundle, olga: User) -> None:
    for frame in small.frames.values():
        frame["age"] = frame["age"].astype("Int64")
    small.frames["sealed"].loc[0, "age"] = None
    imported = import_bundle(small.write(), organiser=olga)
    assert public_data.load(imported).table["age"].values.dtype == np.float64  # type: ignore[union-attr]


def test_describes_numbers_by_a_histogram_and_words_by_their_counts(imported: Competition) -> None:
    columns = {column.name: column for column in imported.data_columns.all()}
    public = public_data.load(imported)
    ages, jobs = columns["age"].summary, columns["job"]
    assert sum(ages["counts"]) == 130
    assert len(ages["edges"]) == len(ages["counts"]) + 1
    assert {value["value"] for value in jobs.summary["values"]} == {"cook", "driver", "nurse"}
    assert sum(value["count"] for value in jobs.summary["values"]) == round(130 * (1 - jobs.missing_share))
    assert jobs.missing_share == np.mean(public.table["job"].codes == -1)  # type: ignore[union-attr]


def test_quotes_no_id_no_unit_and_no_prose(transcription: SmallBundle, olga: User) -> None:
    imported = import_bundle(transcription.folder, organiser=olga)
    summaries = dict(DataColumn.objects.filter(competition=imported).values_list("name", "summary"))
    assert set(summaries["row"]) == set(summaries["household"]) == {"distinct"}
    assert set(summaries["defaulted"]) == {"distinct", "lengths"}
    assert "values" in summaries["sex"]
