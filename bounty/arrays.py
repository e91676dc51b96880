"""Arrays kept by their sha256: immutable, written once, never unpickled.

They are derived from hidden features (masks, answers), so they lie beside the vault and not among the public files.
"""

import hashlib
import io
from functools import lru_cache
from typing import Any

import numpy as np
from django.core.files.storage import storages
from numpy.typing import NDArray

from bounty.errors import BountyError, Fault
from bounty.kept import keep


def save(array: NDArray[Any]) -> str:
    """Store ``array`` and return the digest it is known by. Integers take the smallest type that holds them."""
    data = _encode(array)
    digest = hashlib.sha256(data).hexdigest()
    keep(storages["vault"], _path(digest), data)
    return digest


def digest_of(array: NDArray[Any]) -> str:
    """The digest that ``array`` is, or would be, stored under."""
    return hashlib.sha256(_encode(array)).hexdigest()


def discard(digest: str) -> None:
    """Take away an array that nothing refers to."""
    storages["vault"].delete(_path(digest))


@lru_cache(maxsize=256)
def load(digest: str) -> NDArray[Any]:
    """The array of that digest, read-only. Its bytes are checked against the digest on every read from storage."""
    with storages["vault"].open(_path(digest)) as file:
        data = file.read()
    if hashlib.sha256(data).hexdigest() != digest:
        raise BountyError("ARRAY_DAMAGED", f"The stored array {digest} is damaged.", fault=Fault.PLATFORM)
    array: NDArray[Any] = np.load(io.BytesIO(data), allow_pickle=False)
    if array.dtype.kind == "i" and array.dtype != np.int32:
        array = array.astype(np.int32)
    array.setflags(write=False)
    return array


def _encode(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, _smallest(array), allow_pickle=False)
    return buffer.getvalue()


def _smallest(array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.kind != "i" or array.size == 0:
        return array
    for dtype in (np.int8, np.int16):
        limits = np.iinfo(dtype)
        if limits.min <= array.min() and array.max() <= limits.max:
            return array.astype(dtype)
    return array


def _path(digest: str) -> str:
    return f"arrays/{digest[:2]}/{digest[2:]}.npy"
