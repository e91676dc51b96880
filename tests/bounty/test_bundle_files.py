"""The files of a bundle: inside its folder, plain, readable, of bearable size."""

import io
import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bounty.bundle import files, frames
from tests.bounty.bundles import SmallBundle

YAML = "competition.yaml"


def test_refuses_a_folder_that_is_not_there(small: SmallBundle, tmp_path: Path) -> None:
    assert small.faults_as_written(tmp_path / "nowhere") == [(YAML, "", 0, "BUNDLE_MISSING")]


def test_refuses_a_folder_without_a_manifest(small: SmallBundle) -> None:
    (small.folder / YAML).unlink()
    assert small.faults_as_written() == [(YAML, "", 0, "FILE_MISSING")]


@pytest.mark.parametrize("split", ["train", "holdout", "sealed"])
def test_refuses_a_bundle_without_a_split_it_needs(small: SmallBundle, split: str) -> None:
    del small.manifest["splits"][split]
    assert (YAML, f"splits.{split}", 0, "SPLIT_MISSING") in small.faults()


@pytest.mark.parametrize("split", ["validation", "guard"])
def test_accepts_a_bundle_without_a_split_it_can_do_without(small: SmallBundle, split: str) -> None:
    del small.manifest["splits"][split]
    assert small.faults() == []


def test_refuses_a_split_whose_file_is_missing(small: SmallBundle) -> None:
    (small.folder / "guard.parquet").unlink()
    assert small.faults_as_written() == [("guard.parquet", "", 0, "FILE_MISSING")]


@pytest.mark.parametrize("name", ["../guard.parquet", "a/../../guard.parquet", "..\\guard.parquet", "{absolute}"])
def test_refuses_a_file_outside_the_folder(small: SmallBundle, name: str) -> None:
    outside = small.folder.parent / "guard.parquet"
    small.frames["guard"].to_parquet(outside)
    named = name.format(absolute=outside)
    small.manifest["splits"]["guard"] = named
    assert small.faults() == [(named, "", 0, "FILE_OUTSIDE")]


def test_refuses_a_link_and_takes_the_same_file_itself(small: SmallBundle) -> None:
    guard = small.folder / "guard.parquet"
    guard.rename(small.folder.parent / "elsewhere.parquet")
    guard.symlink_to(small.folder.parent / "elsewhere.parquet")
    assert small.faults_as_written() == [("guard.parquet", "", 0, "FILE_LINK")]


def test_refuses_a_folder_that_is_a_link(small: SmallBundle) -> None:
    inner = small.folder / "rows"
    inner.mkdir()
    small.manifest["splits"]["guard"] = "rows/guard.parquet"
    small.write()
    (small.folder / "guard.parquet").rename(inner / "guard.parquet")
    assert small.faults_as_written() == []
    inner.rename(small.folder.parent / "rows")
    inner.symlink_to(small.folder.parent / "rows")
    assert small.faults_as_written() == [("rows/guard.parquet", "", 0, "FILE_LINK")]


def test_refuses_a_pipe_without_waiting_on_it(small: SmallBundle) -> None:
    guard = small.folder / "guard.parquet"
    guard.unlink()
    os.mkfifo(guard)
    assert small.faults_as_written() == [("guard.parquet", "", 0, "FILE_NOT_PLAIN")]


def test_refuses_one_file_for_two_splits(small: SmallBundle) -> None:
    small.manifest["splits"]["guard"] = "holdout.parquet"
    assert ("holdout.parquet", "", 0, "FILE_TWICE") in small.faults()


def test_refuses_a_file_of_another_kind(small: SmallBundle) -> None:
    small.manifest["splits"]["guard"] = "guard.pickle"
    assert small.faults() == [("guard.pickle", "", 0, "FILE_TYPE")]


@pytest.mark.parametrize("data", [b"PAR1 nothing of the kind PAR1", b"x", b"\0" * 5000])
def test_refuses_parquet_that_cannot_be_read(small: SmallBundle, data: bytes) -> None:
    (small.folder / "guard.parquet").write_bytes(data)
    assert small.faults_as_written() == [("guard.parquet", "", 0, "FILE_UNREADABLE")]


def test_refuses_parquet_that_is_damaged_inside(small: SmallBundle) -> None:
    data = bytearray((small.folder / "guard.parquet").read_bytes())
    data[4:400] = b"\xff" * 396
    (small.folder / "guard.parquet").write_bytes(bytes(data))
    assert small.faults_as_written() == [("guard.parquet", "", 0, "FILE_UNREADABLE")]


def test_refuses_an_empty_file(small: SmallBundle) -> None:
    (small.folder / "guard.parquet").write_bytes(b"")
    assert small.faults_as_written() == [("guard.parquet", "", 0, "FILE_EMPTY")]


def test_refuses_a_file_without_rows(small: SmallBundle) -> None:
    small.frames["guard"] = small.frames["guard"].iloc[:0]
    assert small.faults() == [("guard.parquet", "", 0, "FILE_EMPTY")]


def test_refuses_a_file_that_is_too_large(small: SmallBundle, monkeypatch: pytest.MonkeyPatch) -> None:
    size = (small.folder / "sealed.parquet").stat().st_size
    with pytest.raises(files.Unreadable) as refused:
        files.read_file(small.folder, "sealed.parquet", limit=size - 1)
    assert refused.value.code == "FILE_TOO_LARGE"
    assert len(files.read_file(small.folder, "sealed.parquet", limit=size)) == size


def test_refuses_more_rows_than_it_can_hold(small: SmallBundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_ROWS", 119)
    assert small.faults() == [("sealed.parquet", "", 0, "FILE_TOO_LARGE")]


def test_refuses_a_small_file_that_unpacks_to_gigabytes() -> None:
    bomb, plain = io.BytesIO(), io.BytesIO()
    text = pa.array(["x" * 1_000_000])
    pq.write_table(pa.table({"a": pa.DictionaryArray.from_arrays(pa.array([0] * 100_000), text)}), bomb)
    pq.write_table(pa.table({"a": pa.DictionaryArray.from_arrays(pa.array([0] * 10), text)}), plain)
    assert len(bomb.getvalue()) < 2_000_000
    assert frames.read("plain.parquet", plain.getvalue(), as_text=frozenset()).faults == []
    found = frames.read("bomb.parquet", bomb.getvalue(), as_text=frozenset()).faults
    assert [fault.code for fault in found] == ["FILE_TOO_LARGE"]


def test_csv_and_parquet_give_the_same_rows(small: SmallBundle) -> None:
    frame = small.frames["sealed"].drop(columns="household")
    parquet = frames.read("a.parquet", frame.to_parquet(index=False), as_text=frozenset())
    csv = frames.read("a.csv", frame.to_csv(index=False).encode(), as_text=frozenset())
    pd.testing.assert_frame_equal(csv.rows, parquet.rows)


@pytest.mark.parametrize(
    ("text", "column", "row", "code"),
    [
        (b"a,b\n1,2\n3\n5,6\n", "", 2, "ROW_LENGTH"),
        (b"a,b\n1,2\n3,4,5\n5,6\n", "", 2, "ROW_LENGTH"),
        (b"a,a\n1,2\n", "a", 0, "COLUMN_TWICE"),
        (b"a,\n1,2\n", "", 0, "COLUMN_NAME"),
        (b"a,b\n", "", 0, "FILE_EMPTY"),
        (b"a,b\n1,\xff\n", "", 0, "FILE_UNREADABLE"),
    ],
    ids=["a short row", "a long row", "a column twice", "a column without a name", "no rows", "not UTF-8"],
)
def test_refuses_csv_that_does_not_hold_together(text: bytes, column: str, row: int, code: str) -> None:
    assert frames.read("a.csv", b"a,b\n1,2\n3,4\n", as_text=frozenset()).faults == []
    found = frames.read("a.csv", text, as_text=frozenset()).faults
    assert [(fault.column, fault.row, fault.code) for fault in found] == [(column, row, code)]


def test_a_csv_column_is_numbers_only_when_all_its_cells_are() -> None:
    text = b"id,whole,real,gap,code,word\n1,1,1.5,,021,7\n2,2,2,NA,022,x\n3,-3,3e2,5,023,\n"
    rows = frames.read("a.csv", text, as_text=frozenset({"id"})).rows
    assert rows.dtypes.astype(str).to_dict() == {
        "id": "str", "whole": "int64", "real": "float64", "gap": "float64", "code": "str", "word": "str"
    }  # fmt: skip
    assert rows["word"].isna().tolist() == [False, False, True]
