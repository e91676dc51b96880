"""Every kernel, compiled and plain, against counting row by row, on random stacks of every shape."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import kernels, kernels_compiled, kernels_plain
from scoring.errors import NotFiniteError, WrongLengthError
from scoring.fixed_point import STEPS, loss_sums, planes_of
from scoring.overlap import Kind, overlaps_with
from scoring.stored_groups import StoredGroups, rescored_in_blocks

SHAPES = st.tuples(st.integers(0, 200), st.integers(0, 70), st.sampled_from([0.0, 0.02, 0.5, 1.0]), st.integers(0, 99))


def stack(shape: tuple[int, int, float, int]) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    """Masks (g, n) of a density, empty and full ones among them, and a plane (n,)."""
    n, groups, density, seed = shape
    rng = np.random.default_rng(seed)
    return rng.random((groups, n)) < density, rng.random(n) < 0.3, rng


def packed(bits: np.ndarray) -> np.ndarray:
    return np.packbits(bits, axis=-1)


def two_planes(masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What two pairs and the model before them get wrong: everything."""
    return kernels.words(masks[:2]), kernels.words(masks[0])


@settings(max_examples=60, deadline=None)
@given(SHAPES)
def test_counts_and_overlaps_are_those_of_row_by_row_counting(shape: tuple[int, int, float, int]) -> None:
    n, count = shape[0], shape[1] % 9
    masks, model, rng = stack((n, count, *shape[2:]))
    wrong = rng.random(masks.shape) < 0.4
    rows = range(n)
    naive = [
        [
            sum(bool(g[i]) for i in rows),
            sum(bool(g[i] and model[i]) for i in rows),
            sum(bool(g[i] and h[i]) for i in rows),
            sum(bool(g[i] and model[i] and h[i]) for i in rows),
        ]
        for g, h in zip(masks, wrong, strict=True)
    ]
    shared = [[sum(bool(g[i] and h[i]) for i in rows) for h in wrong] for g in masks]
    for machine in (kernels_compiled, kernels_plain):
        assert machine.group_counts(packed(masks), packed(model), packed(wrong)).tolist() == naive
        found = [machine.counts(g, packed(model), h) for g, h in zip(packed(masks), packed(wrong), strict=True)]
        assert found == [tuple(row) for row in naive]
        assert machine.overlaps(packed(masks), packed(wrong)).tolist() == shared


@settings(max_examples=60, deadline=None)
@given(SHAPES, st.data())
def test_rows_are_routed_as_the_naive_walk_routes_them(shape: tuple[int, int, float, int], data: st.DataObject) -> None:
    n, count = shape[0], 1 + shape[1] % 5
    masks, _, _ = stack((n, count, *shape[2:]))
    ends = [data.draw(st.integers(-1, place)) for place in range(data.draw(st.integers(0, 12)))]
    groups = [data.draw(st.integers(-1, count - 1)) for _ in ends]

    def walked(row: int) -> int:
        at = len(ends)
        while at > 0:
            inside = groups[at - 1] < 0 or masks[groups[at - 1], row]
            if inside and ends[at - 1] < 0:
                return at - 1
            at = ends[at - 1] if inside else at - 1
        return -1

    lists = np.array(groups, dtype=np.int64), np.array(ends, dtype=np.int64)
    for machine in (kernels_compiled, kernels_plain):
        assert machine.route(packed(masks), *lists, n).tolist() == [walked(row) for row in range(n)]


@settings(max_examples=60, deadline=None)
@given(SHAPES)
def test_errors_of_groups_are_those_of_row_by_row_counting(shape: tuple[int, int, float, int]) -> None:
    masks, wrong, _ = stack(shape)
    naive = [sum(bool(a and b) for a, b in zip(mask, wrong, strict=True)) for mask in masks]
    for machine in (kernels_compiled, kernels_plain):
        assert machine.error_counts(packed(masks), packed(wrong)).tolist() == naive
    assert rescored_in_blocks(packed(masks), packed(wrong), block_bytes=40).tolist() == naive


@settings(max_examples=60, deadline=None)
@given(SHAPES)
def test_transposed_bits_are_the_same_bits_and_count_the_same(shape: tuple[int, int, float, int]) -> None:
    masks, chosen, _ = stack(shape)
    rows = np.flatnonzero(chosen)
    found = []
    for machine in (kernels_compiled, kernels_plain):
        turned = np.zeros((shape[0], (shape[1] + 63) // 64 * 8), dtype=np.uint8)
        machine.transpose(packed(masks), turned)
        bits = np.unpackbits(turned, axis=1)
        assert np.array_equal(bits[:, : shape[1]].T, masks)
        assert not bits[:, shape[1] :].any()
        found.append(machine.column_counts(turned, rows)[: shape[1]].tolist())
    assert found == [[int(mask[rows].sum()) for mask in masks]] * 2


@settings(max_examples=40, deadline=None)
@given(SHAPES, st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_updating_after_any_merges_is_counting_again(shape: tuple[int, int, float, int], shares: list[float]) -> None:
    masks, wrong, rng = stack(shape)
    groups = StoredGroups(packed(masks), packed(wrong), shape[0])
    for share in shares:
        wrong = wrong ^ (rng.random(shape[0]) < share)
        assert groups.update(packed(wrong)).tolist() == (masks & wrong).sum(axis=1).tolist()


def test_counters_carry_as_far_as_there_are_rows() -> None:
    turned = kernels.transposed(np.full((3, 625), 0xFF, dtype=np.uint8), 5000)
    for rows in (1, 7, 8, 15, 16, 17, 255, 256, 257, 4095, 4096, 5000):
        assert kernels.column_counts(turned, np.arange(rows))[:3].tolist() == [rows] * 3


@settings(max_examples=40, deadline=None)
@given(SHAPES)
def test_sums_in_fixed_point_are_exact_and_within_half_a_step_a_row(shape: tuple[int, int, float, int]) -> None:
    masks, _, rng = stack(shape)
    losses = rng.random(shape[0])
    steps = np.rint(losses * STEPS).astype(np.int64)
    found = loss_sums(packed(masks), planes_of(losses))
    assert found.tolist() == [int(steps[mask].sum()) for mask in masks]
    true = np.array([losses[mask].sum() for mask in masks])
    assert (np.abs(found / STEPS - true) <= masks.sum(axis=1) * (0.5 / STEPS) + 1e-9).all()


def test_a_loss_that_is_no_number_is_refused() -> None:
    with pytest.raises(NotFiniteError):
        planes_of(np.array([0.5, np.nan]))
    assert planes_of(np.array([0.5, 1.0])).shape == (16, 1)


@settings(max_examples=60, deadline=None)
@given(SHAPES)
def test_overlaps_are_those_of_sets(shape: tuple[int, int, float, int]) -> None:
    masks, new, _ = stack(shape)
    mine = set(np.flatnonzero(new).tolist())
    for mask, found in zip(masks, overlaps_with(packed(new), packed(masks)), strict=True):
        theirs = set(np.flatnonzero(mask).tolist())
        assert (found.shared, found.rows, found.earlier_rows) == (len(mine & theirs), len(mine), len(theirs))
        assert found.jaccard == (len(mine & theirs) / len(mine | theirs) if mine | theirs else 1.0)
        inside = Kind.REFINEMENT if mine and mine <= theirs else Kind.NEW
        assert found.kind is (Kind.DUPLICATE if mine == theirs else inside)


def test_the_same_rows_with_other_answers_refine() -> None:
    masks = packed(np.array([[True, True, False], [True, True, False]]))
    kinds = [found.kind for found in overlaps_with(masks[0], masks, np.array([True, False]))]
    assert kinds == [Kind.DUPLICATE, Kind.REFINEMENT]


@settings(max_examples=40, deadline=None)
@given(SHAPES)
def test_pairs_that_join_a_list_take_off_what_row_by_row_counting_says(shape: tuple[int, int, float, int]) -> None:
    masks, before, rng = stack((shape[0], shape[1] % 8, *shape[2:]))
    wrong = rng.random(masks.shape) < 0.4
    order = rng.permutation(len(masks)).astype(np.int64)
    naive, joined, errors = np.zeros(len(masks), dtype=np.int64), [], int(before.sum())
    for pair in order:
        joined.append(int(pair))
        answered = before.copy()
        for each in sorted(joined):
            answered = np.where(masks[each], wrong[each], answered)
        naive[pair], errors = errors - int(answered.sum()), int(answered.sum())
    planes = [kernels.words(packed(bits)) for bits in (masks, wrong, before)]
    for machine in (kernels_compiled, kernels_plain):
        assert machine.additions(order, *planes).tolist() == naive.tolist()


def test_refuses_what_would_be_read_past_its_end() -> None:
    masks = packed(np.ones((3, 70), dtype=bool))
    turned = kernels.transposed(masks, 70)
    for call in (
        lambda: kernels.error_counts(masks, masks[0, :-1]),
        lambda: kernels.transposed(masks, 80),
        lambda: kernels.column_counts(turned, np.array([70])),
        lambda: kernels.column_counts(turned, np.array([-1])),
        lambda: kernels.column_counts(turned[:, :-1], np.array([0])),
        lambda: rescored_in_blocks(masks, masks[0, :-1]),
        lambda: kernels.additions(np.array([0, 0]), kernels.words(masks[:2]), *two_planes(masks)),
        lambda: kernels.additions(np.array([0]), kernels.words(masks[:2]), *two_planes(masks)),
    ):
        with pytest.raises(WrongLengthError):
            call()
    assert kernels.error_counts(masks, masks[0]).tolist() == [70] * 3
    assert kernels.additions(np.array([1, 0]), kernels.words(masks[:2]), *two_planes(masks)).tolist() == [0, 0]
    assert kernels.column_counts(turned, np.array([69]))[:3].tolist() == [1] * 3
