"""A commitment to rows that stay hidden: a digest that nobody can test guesses against until its salt is revealed.

The digest of a split is the sha256 of its columns in the order of their names. A column is one line of canonical JSON
(``{"kind": "number" | "text", "name": NAME, "rows": N}``, ended by a newline) and then its values in the order of the
rows: numbers as IEEE 754 doubles, little-endian, a missing one as 00 00 00 00 00 00 f8 7f; texts as the number of
their UTF-8 bytes in four, little-endian, and these bytes, a missing one as ff ff ff ff. The commitment is HMAC-SHA256,
keyed by the salt, of the canonical JSON ``{SPLIT: DIGEST, ...}``.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from scoring.statements import canonical

SALT_BYTES: Final = 32
_MISSING_NUMBER: Final = np.uint64(0x7FF8000000000000)
_MISSING_TEXT: Final = b"\xff\xff\xff\xff"


def split_digest(rows: pd.DataFrame) -> str:
    """The sha256 of a split's rows, however its columns are ordered and its numbers are kept.

    Example:
        >>> one = pd.DataFrame({"age": [40, 50], "job": ["clerk", None]})
        >>> split_digest(one) == split_digest(one[["job", "age"]].astype({"age": float}))
        True
    """
    found = hashlib.sha256()
    for name in sorted(rows.columns):
        column = rows[name]
        kind, data = _numbers(column) if is_numeric_dtype(column) else _texts(column)
        found.update(canonical({"name": name, "kind": kind, "rows": len(rows)}) + b"\n" + data)
    return found.hexdigest()


def commitment(digests: Mapping[str, str], salt: bytes) -> str:
    """What is published of the splits, whose ``digests`` go by their names.

    Raises:
        ValueError: for a salt of another length than 32 bytes.

    Example:
        >>> commitment({"sealed": "00"}, bytes(32)) == commitment({"sealed": "01"}, bytes(32))
        False
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"A salt has {SALT_BYTES} bytes.")
    return hmac.new(salt, canonical(digests), hashlib.sha256).hexdigest()


def _numbers(column: "pd.Series[Any]") -> tuple[str, bytes]:
    values = column.to_numpy(dtype="<f8", na_value=np.nan, copy=True)
    bits = values.view("<u8")
    bits[np.isnan(values)] = _MISSING_NUMBER  # there are many NaNs
    bits[values == 0] = 0  # and two zeros
    return "number", values.tobytes()


def _texts(column: "pd.Series[Any]") -> tuple[str, bytes]:
    codes, known = pd.factorize(column)
    encoded = [text.encode() for text in map(str, known)]
    pieces = [len(text).to_bytes(4, "little") + text for text in encoded] + [_MISSING_TEXT]  # code -1 is missing
    return "text", b"".join(pieces[code] for code in codes.tolist())
