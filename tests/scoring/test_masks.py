"""Packed masks: the round trip, the count, the digest, and what is refused."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import masks
from scoring.errors import WrongLengthError, WrongTypeError

bools = st.lists(st.booleans(), max_size=200).map(lambda values: np.array(values, dtype=bool))


@given(bools)
def test_unpacking_gives_back_what_was_packed(mask: np.ndarray) -> None:
    packed = masks.pack(mask)
    assert packed.nbytes == (len(mask) + 7) // 8
    assert masks.unpack(packed, len(mask)).tolist() == mask.tolist()
    assert masks.count(packed) == sum(mask.tolist())


@given(bools, bools)
def test_digests_are_equal_exactly_for_equal_masks(first: np.ndarray, second: np.ndarray) -> None:
    digests = [masks.digest(masks.pack(mask), len(mask)) for mask in (first, second)]
    assert (digests[0] == digests[1]) == (first.tolist() == second.tolist())


def test_the_digest_is_pinned() -> None:
    expected = hashlib.sha256(b"\x03\x00\x00\x00\x00\x00\x00\x00\xa0").hexdigest()
    assert masks.digest(masks.pack(np.array([True, False, True])), 3) == expected


def test_refuses_to_pack_what_is_not_a_mask() -> None:
    with pytest.raises(WrongTypeError):
        masks.pack(np.array([1, 0]))
    with pytest.raises(WrongLengthError):
        masks.pack(np.array([[True, False]]))
    assert masks.pack(np.array([True, False])).tolist() == [128]


def test_refuses_packed_bits_of_another_number_of_rows() -> None:
    packed = masks.pack(np.ones(9, dtype=bool))
    for n in (8, 17, -1):
        with pytest.raises(WrongLengthError):
            masks.unpack(packed, n)
    assert masks.unpack(packed, 9).all()


def test_refuses_packed_bits_beyond_the_last_row() -> None:
    with pytest.raises(WrongLengthError):
        masks.digest(np.array([0b11100000], dtype=np.uint8), 2)
    masks.digest(np.array([0b11000000], dtype=np.uint8), 2)


def test_refuses_packed_bits_that_are_not_bytes() -> None:
    with pytest.raises(WrongTypeError):
        masks.unpack(np.array([128]), 2)
    assert masks.unpack(np.array([128], dtype=np.uint8), 2).tolist() == [True, False]
