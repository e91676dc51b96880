"""Archived sequences of submissions and what a reference implementation decided on them, in NumPy's npz format.

``y`` (n,) labels; ``f0`` (n,) initial predictions; ``masks`` (m, ceil(n/8)) packed along axis 1; ``h`` (m, n) patch
predictions; ``accepted`` (m,) 1 accepted, 0 refused, -1 skipped for an empty group; ``nodes`` (m,) the list's length
after each, the base model counted; ``predictions`` (accepted, n) after each accepted update; ``n``, where it is given,
the number of rows. Loss 0/1.
"""

import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.types import Codes

NAMES: Final = ("y", "f0", "masks", "h", "accepted", "nodes", "predictions")
LARGEST_CODE: Final = 2**31 - 1
# All that zipfile, zlib and NumPy's header parser were seen to raise on damaged bytes. RuntimeError: "encrypted".
DAMAGE: Final = (
    *(OSError, ValueError, EOFError, MemoryError, OverflowError, RuntimeError, struct.error),
    *(zipfile.BadZipFile, zlib.error, tokenize.TokenError),
)


class UnreadableArchiveError(Exception):
    """A file that is not such an archive; the text is one plain sentence."""


@dataclass(frozen=True)
class Archive:
    """The arrays of one file: checked, masks unpacked to truth values, everything else whole numbers.

    There may be more or fewer ``predictions`` than accepted submissions: that is for a replay to report.
    """

    labels: Codes
    initial: Codes
    masks: NDArray[np.bool_]
    patches: Codes
    accepted: Codes
    nodes: Codes
    predictions: Codes


def read_archive(path: Path) -> Archive:
    """Read and check one file; nothing in it is ever unpickled.

    Raises:
        UnreadableArchiveError: when it cannot be read, an array is missing, or shapes or values do not fit together.
    """
    try:
        opened = np.load(path, allow_pickle=False)
        if not isinstance(opened, np.lib.npyio.NpzFile):
            raise UnreadableArchiveError(f"{path} holds a single array where an npz archive is needed.")
        with opened as arrays:
            present = {name: arrays[name] for name in (*NAMES, "n") if name in arrays}
    except DAMAGE as fault:
        raise UnreadableArchiveError(f"{path} cannot be read as an npz archive ({type(fault).__name__}).") from fault
    missing = [name for name in NAMES if name not in present]
    if missing:
        raise UnreadableArchiveError(f"{path} has no array named {', '.join(missing)}.")
    try:
        return _checked(present)
    except ValueError as fault:
        raise UnreadableArchiveError(f"{path} is malformed: {fault}.") from fault


def _checked(arrays: Mapping[str, NDArray[np.generic]]) -> Archive:
    labels = _codes("y", arrays["y"], (arrays["y"].size,))
    n, m = len(labels), arrays["accepted"].size
    if n == 0:
        raise ValueError("y has no rows")
    if "n" in arrays and (arrays["n"].size != 1 or arrays["n"].item() != n):
        raise ValueError("n is not the number of rows of y")
    accepted = _codes("accepted", arrays["accepted"], (m,))
    if not np.isin(accepted, (-1, 0, 1)).all():
        raise ValueError("accepted holds something other than 1, 0 and -1")
    predictions = arrays["predictions"]
    if predictions.size == 0:  # nothing was accepted: there is nothing to stack, and writers differ in its shape
        predictions = np.zeros((0, n), dtype=np.int32)
    return Archive(
        labels=labels,
        initial=_codes("f0", arrays["f0"], (n,)),
        masks=_masks(arrays["masks"], m, n),
        patches=_codes("h", arrays["h"], (m, n)),
        accepted=accepted,
        nodes=_codes("nodes", arrays["nodes"], (m,)),
        predictions=_codes("predictions", predictions, (len(predictions), n)),
    )


def _masks(packed: NDArray[np.generic], m: int, n: int) -> NDArray[np.bool_]:
    if packed.dtype != np.uint8 or packed.shape != (m, (n + 7) // 8):
        raise ValueError(f"masks is {packed.dtype} {packed.shape} and not uint8 {(m, (n + 7) // 8)}")
    return np.unpackbits(packed.view(np.uint8), axis=1, count=n).view(np.bool_)


def _codes(name: str, values: NDArray[np.generic], shape: tuple[int, ...]) -> Codes:
    if values.ndim == 0 or values.shape != shape:
        raise ValueError(f"{name} has the shape {values.shape} and not {shape}")
    if values.dtype.kind not in "biuf":
        raise ValueError(f"{name} does not hold numbers")
    numbers = values.astype(np.float64)  # exact for every whole number that may pass
    if not ((np.abs(numbers) <= LARGEST_CODE) & (numbers == np.rint(numbers))).all():
        raise ValueError(f"{name} does not hold whole numbers of at most 32 bits")
    return numbers.astype(np.int32)
