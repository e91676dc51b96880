"""Tables as sealed files: the same on both sides, and nobody can change them."""

import fcntl
import os

import numpy as np
import pytest

from scoring.sandbox.encoding import F_ADD_SEALS, map_table, reopen, seal_bytes, seal_table
from scoring.tables import Table, TextColumn


def same(one: Table, other: Table) -> bool:
    pairs = list(zip(one, other, strict=True))
    return one.names == other.names and all(a.to_series().equals(b.to_series()) for a, b in pairs)


def test_a_table_comes_through_as_it_was(people: Table) -> None:
    file = seal_table(people)
    assert same(map_table(file), people)
    os.close(file)


def test_chosen_rows_come_through_in_their_order(people: Table) -> None:
    rows = np.array([999, 3, 3, 0])
    file = seal_table(people, rows)
    assert same(map_table(file), people.take(rows))
    os.close(file)


def test_stretches_come_through_one_behind_the_other(people: Table) -> None:
    file = seal_table(people, (slice(990, 1200), slice(0, 5), slice(0, 0)))
    assert same(map_table(file), people.take(np.r_[990:1000, 0:5]))
    os.close(file)


def test_a_table_without_rows_keeps_its_columns(people: Table) -> None:
    file = seal_table(people, np.array([], dtype=np.int64))
    assert map_table(file).names == people.names
    os.close(file)


def test_words_of_any_script_and_length_come_through() -> None:
    words = ("", "ä\0\n\u2028", "字" * 10_000)
    table = Table((TextColumn('na"me', np.array([2, 0, -1, 1], dtype=np.int32), words),), 4)
    file = seal_table(table)
    assert same(map_table(file), table)
    os.close(file)


def test_nobody_can_write_to_a_sealed_file(people: Table) -> None:
    file = seal_table(people)
    for attempt in (lambda: os.pwrite(file, b"x", 0), lambda: os.ftruncate(file, 0)):
        with pytest.raises(PermissionError):
            attempt()
    with pytest.raises(PermissionError):
        fcntl.fcntl(file, F_ADD_SEALS, 0x10)
    os.close(file)


def test_writing_to_a_mapped_table_changes_nobody_elses(people: Table) -> None:
    file = seal_table(people)
    map_table(file)["age"].values[:] = -1
    assert same(map_table(file), people)
    os.close(file)


def test_each_opening_has_its_own_offset_and_cannot_write() -> None:
    file = seal_bytes(b"abc")
    one, other = reopen(file), reopen(file)
    assert os.read(one, 2) + os.read(other, 2) == b"abab"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.write(one, b"x")
    for descriptor in (file, one, other):
        os.close(descriptor)
