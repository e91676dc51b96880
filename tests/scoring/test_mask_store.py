"""Masks in a file: appended, read by others, and refused where the file is not what it should be."""

from pathlib import Path

import numpy as np
import pytest

from scoring import kernels
from scoring.errors import DamagedStoreError, WrongLengthError
from scoring.mask_store import LINE_BYTES, MaskStore
from scoring.stored_groups import rescored_in_blocks

N = 1001


def masks(count: int, seed: int = 0, n: int = N) -> np.ndarray:
    return np.packbits(np.random.default_rng(seed).random((count, n)) < 0.3, axis=1)


@pytest.mark.parametrize("n", [1, 8, 63, 512, 513, N])
def test_what_was_appended_is_read_by_another(tmp_path: Path, n: int) -> None:
    store, stack = MaskStore(tmp_path / "masks", n), masks(5, n=n)
    store.append([11], stack[:1])
    store.append([12, 13, 14, 15], stack[1:])
    other = MaskStore(tmp_path / "masks", n)
    assert other.keys.tolist() == [11, 12, 13, 14, 15]
    assert np.array_equal(other.masks[:, : stack.shape[1]], stack)
    wrong = masks(1, seed=1, n=n)[0]
    expected = kernels.error_counts(stack, wrong).tolist()
    assert rescored_in_blocks(other.masks, other.padded(wrong), block_bytes=200).tolist() == expected


def test_a_reader_sees_what_was_appended_after_it_opened(tmp_path: Path) -> None:
    writer, reader = (MaskStore(tmp_path / "masks", N) for _ in range(2))
    writer.append([1], masks(1))
    assert reader.masks.shape[0] == 0
    reader.refresh()
    assert reader.masks.shape[0] == 1


def test_what_a_killed_writer_left_behind_is_written_over(tmp_path: Path) -> None:
    path, stack = tmp_path / "masks", masks(3)
    MaskStore(path, N).append([1], stack[:1])
    with path.open("ab") as file:
        file.write(b"\xff" * 100)  # a mask was half written
    with path.with_name("masks.keys").open("ab") as file:
        file.write(b"\x02\x00\x00")  # and of its key three bytes
    store = MaskStore(path, N)
    assert store.keys.tolist() == [1]
    store.append([2, 3], stack[1:])
    again = MaskStore(path, N)
    assert again.keys.tolist() == [1, 2, 3]
    assert np.array_equal(again.masks[:, : stack.shape[1]], stack)


def test_refuses_files_of_the_wrong_size_or_kind(tmp_path: Path) -> None:
    path = tmp_path / "masks"
    MaskStore(path, N).append([1, 2], masks(2))
    with pytest.raises(DamagedStoreError):
        MaskStore(path, N + 1)
    whole = path.read_bytes()
    path.write_bytes(whole[:-LINE_BYTES])
    with pytest.raises(DamagedStoreError):
        MaskStore(path, N)
    path.write_bytes(b"something else")
    with pytest.raises(DamagedStoreError):
        MaskStore(path, N)
    path.write_bytes(whole)
    assert MaskStore(path, N).keys.tolist() == [1, 2]


def test_refuses_masks_that_do_not_fit(tmp_path: Path) -> None:
    store = MaskStore(tmp_path / "masks", N)
    with pytest.raises(WrongLengthError):
        store.append([1], masks(2))
    with pytest.raises(WrongLengthError):
        store.append([1], masks(1, n=N + 8))
    with pytest.raises(WrongLengthError):
        store.padded(masks(1, n=N + 8)[0])
    assert store.keys.tolist() == []
    store.append([1], masks(1))
    assert store.keys.tolist() == [1]


def test_nobody_else_may_read_the_files(tmp_path: Path) -> None:
    MaskStore(tmp_path / "masks", N).append([1], masks(1))
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
