"""That a job finds nothing in its memory of the jobs before it, whichever interpreter forked them or it."""

import json
import secrets
from pathlib import Path

import numpy as np
import pytest

from scoring.sandbox import Box, SandboxVerdict, run_group, run_patch
from scoring.tables import NumberColumn, Table, TextColumn

V = SandboxVerdict
CORPUS = Path(__file__).with_name("attacks.json")
N = 100
ROWS = Table((NumberColumn("f0", np.arange(N)), NumberColumn("f1", np.arange(N))), N)
BYTES = 128 << 10
PATCH = b"def fit(X, y):\n    return y.iloc[0]\ndef predict(model, X):\n    return [model] * len(X)\n"


@pytest.fixture(scope="module")
def scan() -> bytes:
    """The corpus's own: fails, and says what it found, where any page holds what looks like a canary."""
    entries = json.loads(CORPUS.read_text())
    return next(entry["source"] for entry in entries if entry["name"] == "scan_memory_for_the_job_before").encode()


def canary() -> str:
    return "canary" + secrets.token_hex(8)


def holding(secret: str) -> bytes:
    """A group whose source, and whose heap, is full of the secret."""
    return f"SECRET = '{secret * (BYTES // len(secret))}'\ndef group(X):\n    return X['f0'] > len(SECRET)\n".encode()


@pytest.mark.parametrize("first", [b"", b"# sklearn\n"], ids=["bare", "learned"])
@pytest.mark.parametrize("second", [b"", b"# sklearn\n"], ids=["bare", "learned"])
def test_the_source_of_the_job_before_is_nowhere(box: Box, scan: bytes, first: bytes, second: bytes) -> None:
    for _ in range(2):  # the process of a job is made while the one before it runs
        assert run_group(box, first + holding(canary()), ROWS, hidden=False).verdict == V.OK
    run = run_group(box, second + scan, ROWS, hidden=False)
    assert (run.verdict, run.message) == (V.OK, "")


@pytest.mark.parametrize("second", [b"", b"# sklearn\n"], ids=["bare", "learned"])
def test_neither_are_the_labels_of_its_description(box: Box, scan: bytes, second: bytes) -> None:
    names = tuple(sorted(canary() for _ in range(500)))
    labels = TextColumn("y", np.zeros(N, dtype=np.int32), names)
    for _ in range(2):
        patched = run_patch(box, PATCH, ROWS, labels, ROWS, kind="classes", n_classes=500, seed=1, hidden=False)
        assert patched.verdict == V.OK
    run = run_group(box, second + scan, ROWS, hidden=False)
    assert (run.verdict, run.message) == (V.OK, "")


@pytest.mark.parametrize("second", [b"", b"# sklearn\n"], ids=["bare", "learned"])
def test_the_scan_finds_what_is_there(box: Box, scan: bytes, second: bytes) -> None:
    secret = canary()
    run = run_group(box, second + scan + f"HELD = '{secret}'\n".encode(), ROWS, hidden=False)
    assert run.verdict == V.RUNTIME_ERROR
    assert secret in run.message
