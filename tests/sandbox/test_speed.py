"""Speed as a ratio, both sides measured in one run."""

import shutil
import subprocess
import time
from collections.abc import Callable

import numpy as np

from scoring.sandbox import Box, SandboxVerdict, run_group
from scoring.sandbox.installation import default_python
from scoring.tables import NumberColumn, Table


def quickest_s(action: Callable[[], object], times: int) -> float:
    """The least of several durations: what is left when nobody else uses the machine."""
    durations = []
    for _ in range(times):
        started = time.perf_counter()
        action()
        durations.append(time.perf_counter() - started)
    return min(durations)


def cold() -> None:
    """What a sandbox without a warm interpreter would cost before the first line of anybody's code."""
    walls = [shutil.which("bwrap"), "--ro-bind", "/", "/", "--unshare-user", "--unshare-pid", "--unshare-net"]
    subprocess.run([*walls, str(default_python()), "-c", "import pandas"], check=True)


def test_a_simple_group_runs_ten_times_faster_than_a_cold_start(box: Box) -> None:
    rng = np.random.default_rng(0)
    table = Table(tuple(NumberColumn(f"f{i}", rng.normal(size=20_000)) for i in range(20)), 20_000)
    source = b"def group(X):\n    return X['f0'] > 0\n"
    assert run_group(box, source, table, hidden=False).verdict == SandboxVerdict.OK
    warm_s = quickest_s(lambda: run_group(box, source, table, hidden=False), 15)
    cold_s = quickest_s(cold, 3)
    assert cold_s > 10 * warm_s, f"cold {cold_s * 1e3:.0f} ms, warm {warm_s * 1e3:.1f} ms"
