"""The commitment to hidden rows: it binds to every value, and tells nothing without its salt."""

import hashlib
import hmac
import struct

import numpy as np
import pandas as pd
import pytest

from scoring.commitments import commitment, split_digest

ROWS = pd.DataFrame({"job": ["clerk", None, "é"], "age": [40.0, np.nan, -0.0], "row": [1, 2, 3]})
SALT = bytes(range(32))


def test_the_digest_is_what_its_description_says() -> None:
    data = b'{"kind":"number","name":"age","rows":3}\n' + struct.pack("<d", 40.0)
    data += bytes.fromhex("000000000000f87f") + struct.pack("<d", 0.0)
    data += (
        b'{"kind":"text","name":"job","rows":3}\n' + b"\x05\0\0\0clerk" + b"\xff\xff\xff\xff" + b"\x02\0\0\0\xc3\xa9"
    )
    data += b'{"kind":"number","name":"row","rows":3}\n' + struct.pack("<3d", 1, 2, 3)
    assert split_digest(ROWS) == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("row", "name", "value"), [(0, "age", 40.000000000000007), (0, "age", np.nan), (1, "job", ""), (2, "job", "e")]
)
def test_the_digest_changes_with_every_value(row: int, name: str, value: object) -> None:
    changed = ROWS.copy()
    changed.loc[row, name] = value
    assert split_digest(changed) != split_digest(ROWS)


def test_the_digest_changes_with_the_order_of_rows_and_the_name_of_a_column() -> None:
    assert split_digest(ROWS.iloc[::-1]) != split_digest(ROWS)
    assert split_digest(ROWS.rename(columns={"job": "jobs"})) != split_digest(ROWS)


def test_the_digest_is_of_the_values_not_of_how_they_are_kept() -> None:
    kept = ROWS.astype({"row": "float64", "job": "str", "age": "Float64"})
    assert split_digest(kept[["row", "age", "job"]]) == split_digest(ROWS)


def test_the_commitment_needs_its_salt() -> None:
    digests = {"sealed": split_digest(ROWS), "holdout": "00"}
    expected = hmac.new(SALT, b'{"holdout":"00","sealed":"%b"}' % digests["sealed"].encode(), hashlib.sha256)
    assert commitment(digests, SALT) == expected.hexdigest()
    assert commitment(digests, bytes(32)) != commitment(digests, SALT)
    with pytest.raises(ValueError, match="32 bytes"):
        commitment(digests, b"")
