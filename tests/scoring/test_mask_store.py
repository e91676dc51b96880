"""Masks in a file: appended, read by others, and refused where the file is not what it should be."""

import fcntl
import os
import signal
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from scoring import kernels
from scoring.errors import DamagedStoreError, WrongLengthError
from scoring.mask_store import LINE_BYTES, MaskStore
from scoring.stored_groups import rescored_in_blocks

N = 1001


def masks(how_many: int, seed: int = 0, n: int = N) -> np.ndarray:
    return np.packbits(np.random.default_rng(seed).random((how_many, n)) < 0.3, axis=1)


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


@pytest.mark.parametrize("sync", [1, 2, 3, 4])
def test_a_writer_that_dies_in_the_middle_leaves_a_prefix_upon_which_the_next_goes_on(
    tmp_path: Path, sync: int
) -> None:
    path, stack = tmp_path / "masks", masks(6)
    MaskStore(path, N).append([1, 2], stack[:2])
    child = os.fork()
    if child == 0:
        syncs = count(1)
        os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL) if next(syncs) == sync else None
        store = MaskStore(path, N)
        store.append([3], stack[2:3])
        store.append([4, 5], stack[3:5])
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    store = MaskStore(path, N)
    kept = store.keys.tolist()
    assert kept == {1: [1, 2], 2: [1, 2, 3], 3: [1, 2, 3], 4: [1, 2, 3, 4, 5]}[sync]
    store.append([9], stack[5:])
    again = MaskStore(path, N)
    assert again.keys.tolist() == [*kept, 9]
    assert np.array_equal(again.masks[:, : stack.shape[1]], np.concatenate([stack[: len(kept)], stack[5:]]))


def test_processes_that_take_turns_write_behind_one_another(tmp_path: Path) -> None:
    path, stack = tmp_path / "masks", masks(60)
    MaskStore(path, N)
    children = []
    for writer in range(3):
        child = os.fork()
        if child == 0:
            store = MaskStore(path, N)
            for number in range(20 * writer, 20 * writer + 20):
                with (tmp_path / "lock").open("w") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX)
                    store.append([number], stack[number : number + 1])
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    store = MaskStore(path, N)
    assert sorted(store.keys.tolist()) == list(range(60))
    assert np.array_equal(store.masks[:, : stack.shape[1]], stack[store.keys])


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
