"""Compiled and plain kernels give identical integers, on every length."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scoring import kernels, kernels_compiled, kernels_plain
from scoring.errors import ScoringError, WrongLengthError, WrongTypeError

LENGTHS = [1, 7, 8, 9, 63, 64, 65, 127, 128, 600, 1000, 4097]


def planes(n: int, *, count: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.packbits(rng.random((count, n)) < rng.uniform(0.1, 0.9, (count, 1)), axis=1)


def random_list(seed: int, groups: int = 5, versions: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Groups and ends of a valid pointer decision list."""
    rng = np.random.default_rng(seed)
    chosen, ends, published = [], [], [0]
    for _ in range(versions):
        for node in range(rng.integers(1, 4)):
            pointer = node > 0
            chosen.append(rng.integers(-1 if pointer else 0, groups))
            ends.append(rng.choice(published) if pointer else -1)
        published.append(len(ends))
    return np.array(chosen), np.array(ends)


@pytest.mark.parametrize("n", LENGTHS)
def test_counts_are_those_of_row_by_row_counting(n: int) -> None:
    mask, model, patch = planes(n, count=3)
    g, f, h = (np.unpackbits(plane, count=n).astype(bool).tolist() for plane in (mask, model, patch))
    rows = list(zip(g, f, h, strict=True))
    expected = (
        sum(a for a, _, _ in rows),
        sum(a and b for a, b, _ in rows),
        sum(a and c for a, _, c in rows),
        sum(a and b and not c for a, b, c in rows),
        sum(a and c and not b for a, b, c in rows),
    )
    assert tuple(kernels.counts(mask, model, patch)) == expected


@pytest.mark.parametrize("n", LENGTHS)
def test_compiled_and_plain_kernels_give_identical_integers(n: int) -> None:
    masks, wrong = planes(n, count=5), planes(n, count=5, seed=1)
    assert kernels_compiled.counts(masks[0], wrong[0], wrong[1]) == kernels_plain.counts(masks[0], wrong[0], wrong[1])
    for name, arguments in (
        ("group_counts", (masks, wrong[0], wrong)),
        ("overlaps", (masks, wrong)),
        ("route", (masks, *random_list(n), n)),
    ):
        compiled, plain = (getattr(module, name)(*arguments) for module in (kernels_compiled, kernels_plain))
        assert compiled.dtype == plain.dtype
        assert compiled.tolist() == plain.tolist()


def test_the_public_kernels_are_the_compiled_ones_here() -> None:
    assert kernels.machine is kernels_compiled


def test_falls_back_to_plain_numpy_without_numba() -> None:
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "import numpy as np\n"
        "from scoring import kernels, kernels_plain\n"
        "assert kernels.machine is kernels_plain\n"
        "plane = np.packbits(np.arange(70) % 3 == 0)\n"
        "print(*kernels.counts(plane, plane, np.zeros_like(plane)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.split() == ["24", "24", "0", "24", "0"]


def test_takes_stacks_that_do_not_lie_in_memory_in_order() -> None:
    masks, wrong = planes(200, count=6), planes(200, count=6, seed=1)
    expected = kernels.overlaps(np.array(masks[::2]), np.array(wrong[::2])).tolist()
    assert kernels.overlaps(masks[::2], np.asfortranarray(wrong)[::2]).tolist() == expected
    read_only = masks.copy()
    read_only.flags.writeable = False
    assert kernels.counts(read_only[0], wrong[0], wrong[1]) == kernels.counts(masks[0], wrong[0], wrong[1])


@pytest.mark.parametrize("n", [0, 1, 8, 63, 65, 4097])
def test_takes_files_that_are_mapped_read_only_and_every_other_mask_of_them(n: int, tmp_path: Path) -> None:
    stack = planes(n, count=6)
    (tmp_path / "masks").write_bytes(stack.tobytes() or b" ")  # nothing can be mapped of an empty file
    mapped = np.memmap(tmp_path / "masks", dtype=np.uint8, mode="r", shape=stack.shape)
    for masks in (mapped, mapped[::2], mapped[::-1]):
        copied = np.array(masks)
        for name, rest in (
            ("group_counts", (copied[0], copied)),
            ("overlaps", (copied,)),
            ("error_counts", (copied[0],)),
            ("transposed", (n,)),
            ("route", (np.array([0, 1, 0]), np.array([-1, -1, 1]), n)),
        ):
            kernel = getattr(kernels, name)
            assert np.array_equal(kernel(masks, *rest), kernel(copied, *rest)), name


def test_takes_stacks_without_groups() -> None:
    none = np.zeros((0, 25), dtype=np.uint8)
    assert kernels.group_counts(none, planes(200, count=1)[0], none) == []
    assert kernels.overlaps(none, planes(200, count=2)).shape == (0, 2)
    assert kernels.route(none, np.zeros(0, np.int64), np.zeros(0, np.int64), 200).tolist() == [-1] * 200


def test_refuses_planes_that_would_be_read_past_their_end() -> None:
    mask, model, patch = planes(200, count=3)
    stack = planes(200, count=2)
    for call in (
        lambda: kernels.counts(mask, model, patch[:-1]),
        lambda: kernels.counts(mask, model[:-1], patch),
        lambda: kernels.group_counts(stack, model[:-1], stack),
        lambda: kernels.group_counts(stack, model, stack[:1]),
        lambda: kernels.overlaps(stack, stack[:, :-1]),
        lambda: kernels.overlaps(mask, stack),
        lambda: kernels.route(stack, np.array([2]), np.array([-1]), 200),
        lambda: kernels.route(stack, np.array([0, 0]), np.array([-1]), 200),
        lambda: kernels.route(stack, np.array([0]), np.array([1]), 200),
        lambda: kernels.route(stack, np.array([0]), np.array([-1]), 300),
    ):
        with pytest.raises(WrongLengthError):
            call()
    kernels.counts(mask, model, patch)
    kernels.route(stack, np.array([1, 0]), np.array([-1, 0]), 200)


def test_refuses_planes_that_are_not_bytes() -> None:
    mask, model, patch = planes(200, count=3)
    with pytest.raises(WrongTypeError):
        kernels.counts(mask, model.astype(bool), patch)
    with pytest.raises(ScoringError):
        kernels.overlaps(planes(200, count=2).astype(np.int64), planes(200, count=2))
    for call in (
        lambda: kernels.counts(*(planes(200, count=2) for _ in range(3))),
        lambda: kernels.group_counts(mask, model, mask),
        lambda: kernels.column_counts(kernels.transposed(planes(200, count=2), 200), np.array([0.5])),
        lambda: kernels.route(planes(200, count=2), np.array([True]), np.array([-1]), 200),
        lambda: kernels.route(planes(200, count=2), np.array([[1]]), np.array([[-1]]), 200),
    ):
        with pytest.raises(WrongTypeError):
            call()
    assert kernels.counts(mask, model, patch).rows == int(np.bitwise_count(mask).sum())
