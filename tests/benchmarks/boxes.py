"""The warm box against a cold one: what a simple group function costs."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from scoring import lending
from scoring.sandbox import Box, run_group
from scoring.tables import Table, encode
from tests.benchmarks.timing import Row, alternate
from tests.shared import DATA


def warm_box() -> Iterator[Row]:
    """A simple group on real rows in the warm box, against a cold bubblewrap that only imports pandas."""
    table, name = _table()
    source = f"def group(X):\n    return X[{table.names[0]!r}] == X[{table.names[0]!r}]\n".encode()
    with Box.start() as box:
        assert run_group(box, source, table, hidden=False).mask is not None
        ours, peer = alternate(lambda: run_group(box, source, table, hidden=False), cold_bubblewrap, runs=9)
    yield Row(
        "sandboxed run of a simple group", f"{name}, {table.n_rows:,} rows", ours, "cold bwrap + pandas", peer, 10
    )


def cold_bubblewrap() -> None:
    """A fresh box with the same libraries, which imports pandas and leaves."""
    python = Path(sys.prefix).with_name(".venv-box") / "bin" / "python"
    bwrap = shutil.which("bwrap")
    assert bwrap is not None, "bubblewrap is needed for this comparison"
    command = [bwrap, "--ro-bind", "/", "/", "--dev", "/dev", "--unshare-all", str(python), "-c", "import pandas"]
    subprocess.run(command, check=True, capture_output=True)


def _table() -> tuple[Table, str]:
    bundle = DATA / "acs-income-ca"
    if bundle.is_dir():
        frames = [pd.read_parquet(bundle / f"{split}.parquet") for split in ("holdout", "guard", "sealed")]
        frame, name = pd.concat(frames, ignore_index=True), bundle.name
        return encode(frame, tuple(c for c in frame if c not in {"row_id", "income_gt_50k"})), name
    frame = lending.generate(seed=0)["train"]
    return encode(frame, tuple(frame.select_dtypes(np.number).columns)), "generated lending"
