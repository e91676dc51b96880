"""Our end of the peers' process."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tests.benchmarks.timing import Timed

PYTHON = Path(__file__).resolve().parents[2] / ".venv-bench" / "bin" / "python"


@contextmanager
def peers(**data: np.ndarray) -> Iterator["dict[str, Timed]"]:
    """Ways to have a peer do its thing once on ``data`` and say how long it took; each has done it once already."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.npz"
        np.savez(path, **data)
        script = str(Path(__file__).with_name("peers.py"))
        with subprocess.Popen(
            [str(PYTHON), script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            stdin, stdout = process.stdin, process.stdout
            assert stdout.readline().strip() == "ready", "the peers did not start; is .venv-bench whole?"

            def ask(name: str) -> float:
                print(name, file=stdin, flush=True)
                return float(stdout.readline())

            ways = {name: (lambda name=name: ask(name)) for name in ("fairlearn", "aequitas", "pandas", "numpy")}
            for way in ways.values():
                way()
            yield ways
            stdin.close()


def require() -> None:
    """Say what to do where the peers' environment is missing."""
    if not PYTHON.exists():
        print("bench: the peers' environment is missing; run tools/bench-environment", file=sys.stderr)
        raise SystemExit(1)
