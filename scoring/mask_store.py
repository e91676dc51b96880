"""Packed masks in one file, mapped into memory: appended durably, read and re-scored in place, however many.

Two files. The masks follow one another, each with zeros up to a whole number of 64-byte lines; beside them lie their
keys, eight bytes each, written only when the mask is safely on the disk. So the keys say how many masks there are: what
a killed writer left behind is overwritten by the next. One writer at a time, which the caller sees to; readers see a
prefix of what was appended.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.errors import DamagedStoreError, WrongLengthError
from scoring.masks import check_packed
from scoring.types import Packed

LINE_BYTES: Final = 64
MAGIC: Final = b"bounty masks 1\n\0"  # then the number of rows; a header is one line long


class MaskStore:
    """The masks of n rows each in ``path``, with a key of the caller's for each; made where there is none.

    Raises:
        DamagedStoreError: for a file that is none of ours, of another number of rows, or shorter than its keys say.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     store = MaskStore(Path(folder, "masks"), n=3)
        ...     store.append([7], np.packbits([[1, 0, 1]], axis=1))
        ...     store.keys.tolist(), store.masks[:, 0].tolist()
        ([7], [160])
    """

    def __init__(self, path: Path, n: int) -> None:
        self.path, self.n = path, n
        self._keys_path = path.with_name(path.name + ".keys")
        self._size = (n + 7) // 8
        self._stride = max(1, -(-self._size // LINE_BYTES)) * LINE_BYTES
        if not path.exists():
            _write_at(path, 0, self._header())
        self.refresh()

    def refresh(self) -> None:
        """Read again how many masks there are: another process may have appended some."""
        with self.path.open("rb") as file:
            if file.read(LINE_BYTES) != self._header():
                raise DamagedStoreError(f"{self.path.name} does not hold masks of {self.n} rows.")
        stored = self._keys_path.read_bytes() if self._keys_path.exists() else b""
        self.keys: NDArray[np.int64] = np.frombuffer(stored[: len(stored) // 8 * 8], dtype="<i8")
        if self.path.stat().st_size < LINE_BYTES + len(self.keys) * self._stride:
            raise DamagedStoreError(f"{self.path.name} is shorter than its {len(self.keys)} masks.")

    @property
    def masks(self) -> NDArray[np.uint8]:
        """(g, bytes), read from the file as it is used; each mask with zeros up to a whole line (see ``padded``)."""
        if len(self.keys) == 0:
            return np.zeros((0, self._stride), dtype=np.uint8)
        shape = (len(self.keys), self._stride)
        return np.memmap(self.path, dtype=np.uint8, mode="r", offset=LINE_BYTES, shape=shape)

    def padded(self, plane: Packed) -> Packed:
        """A plane of n rows, as long as the stored masks are: what their kernels take."""
        check_packed(plane, self.n)
        return np.pad(plane, (0, self._stride - self._size))

    def append(self, keys: Sequence[int], masks: NDArray[np.uint8]) -> None:
        """Add masks (k, ceil(n/8)) under their ``keys`` (k,). When it returns they survive a loss of power."""
        if masks.ndim != 2 or len(masks) != len(keys):
            raise WrongLengthError("Each mask needs one key.")
        for mask in masks:
            check_packed(mask, self.n)
        self.refresh()  # behind what another process has appended since, not over it
        lines = np.pad(masks, ((0, 0), (0, self._stride - self._size)))
        _write_at(self.path, LINE_BYTES + len(self.keys) * self._stride, lines.tobytes())
        _write_at(self._keys_path, 8 * len(self.keys), np.asarray(keys, dtype="<i8").tobytes())
        self.refresh()

    def _header(self) -> bytes:
        return (MAGIC + self.n.to_bytes(8, "little")).ljust(LINE_BYTES, b"\0")


def _write_at(path: Path, offset: int, data: bytes) -> None:
    """Write, and wait until the disk has it. Hidden rows speak through masks: nobody else may read the file."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        file.seek(offset)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
