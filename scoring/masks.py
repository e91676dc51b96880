"""Group masks in packed bits: n/8 bytes a group, the form in which they are stored and counted."""

import hashlib

import numpy as np

from scoring.errors import WrongLengthError, WrongTypeError
from scoring.types import Bools, Packed


def pack(mask: Bools) -> Packed:
    """(n,) truth values as (ceil(n/8),) bytes: numpy.packbits order, zero padding.

    Example:
        >>> pack(np.array([True, False, True])).tolist()
        [160]
    """
    check_mask(mask, len(mask))
    return np.packbits(mask)


def unpack(packed: Packed, n: int) -> Bools:
    """The first ``n`` bits as truth values, the inverse of ``pack``.

    Raises:
        WrongLengthError: when the bytes are not exactly those of n rows, or the padding is not zero.

    Example:
        >>> unpack(pack(np.array([True, False, True])), 3).tolist()
        [True, False, True]
    """
    check_packed(packed, n)
    return np.unpackbits(packed, count=n).view(np.bool_)


def count(packed: Packed) -> int:
    """The number of rows in the group.

    Example:
        >>> count(pack(np.array([True, False, True])))
        2
    """
    return int(np.bitwise_count(packed).sum(dtype=np.int64))


def digest(packed: Packed, n: int) -> str:
    """SHA-256 of the number of rows and the bits, in hex: equal exactly for equal masks on equally many rows.

    Example:
        >>> digest(pack(np.array([True])), 1) == digest(pack(np.array([True, False])), 2)
        False
    """
    check_packed(packed, n)
    return hashlib.sha256(n.to_bytes(8, "little") + packed.tobytes()).hexdigest()


def check_mask(mask: Bools, n: int) -> None:
    """Refuse anything but (n,) truth values."""
    if mask.dtype != np.bool_:
        raise WrongTypeError(f"A mask must be truth values, not {mask.dtype}.")
    if mask.ndim != 1 or len(mask) != n:
        raise WrongLengthError(f"A mask must have one entry for each of the {n} rows.")


def check_packed(packed: Packed, n: int) -> None:
    """Refuse anything but the packed bits of exactly n rows."""
    if packed.dtype != np.uint8:
        raise WrongTypeError(f"Packed bits must be bytes, not {packed.dtype}.")
    if packed.ndim != 1 or n < 0 or len(packed) != (n + 7) // 8:
        raise WrongLengthError(f"The packed bits of {n} rows are {(n + 7) // 8} bytes.")
    if n % 8 and packed[-1] & (0xFF >> n % 8):
        raise WrongLengthError(f"Packed bits beyond row {n} must be zero.")
