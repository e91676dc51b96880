"""`make bench-sandbox`: the box beside a plain process and a cold bubblewrap, in one run; memory; growth over jobs.

All ways are taken in turn within each round, so that a machine that others use too slows them alike: compare the
columns of one run, not the figures of two.
"""

import itertools
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from scoring.sandbox import Box, SandboxVerdict, run_group, run_group_hidden
from scoring.sandbox.installation import default_python
from scoring.tables import NumberColumn, Table
from tests.benchmarks.timing import percentile, seconds

SIZES: Final = (20_000, 200_000)
COLUMNS: Final = 20
ROUNDS: Final = 15
EACH: Final = 4  # quick ways run so many times in each round
SPELL_S: Final = 4.0
GROUP: Final = b"def group(X):\n    return X['f0'] > 0\n"
SLEEPS: Final = b"import time\ndef group(X):\n    X['f0'] > 0\n    time.sleep(3)\n"
# What a process of its own has to do: load the libraries, take the rows, run the source, give the mask.
ALONE: Final = """
import sys
import numpy, pandas
rows = numpy.load(sys.argv[1], mmap_mode="r")
frame = pandas.DataFrame({f"f{i}": rows[i] for i in range(len(rows))}, copy=False)
names = {}
exec(sys.argv[2], names)
sys.stdout.buffer.write(numpy.packbits(names["group"](frame)).tobytes())
"""


@dataclass(frozen=True)
class Aim:
    """A figure and what it should be; ``at_most`` where less is better."""

    what: str
    value: float
    aim: float
    at_most: bool
    unit: str

    @property
    def reached(self) -> bool:
        return self.value <= self.aim if self.at_most else self.value >= self.aim

    def __str__(self) -> str:
        bound = "at most" if self.at_most else "at least"
        mark = "reached" if self.reached else "MISSED"
        return f"{self.what:62} {self.value:8.1f} {self.unit:2} aim: {bound} {self.aim:g} {mark}"


def main(jobs: int) -> int:
    """Prints the tables; 1 if an aim was missed."""
    aims = [aim for rows in SIZES for aim in _compare(rows)]
    table = _table(SIZES[0])
    print(f"\njobs a second, {SIZES[0]:,} rows: one box {_rate(table, 1):.0f}, two boxes {_rate(table, 2):.0f}")
    _show_memory(table)
    aims += _grow(table, jobs)
    print("", *aims, sep="\n")
    return int(not all(aim.reached for aim in aims))


def _table(rows: int) -> Table:
    rng = np.random.default_rng(0)
    return Table(tuple(NumberColumn(f"f{i}", rng.normal(size=rows)) for i in range(COLUMNS)), rows)


def _compare(rows: int) -> Iterator[Aim]:
    """Every way to run one simple group over so many rows."""
    table = _table(rows)
    with tempfile.TemporaryDirectory() as folder, Box.start() as box:
        times = _time_in_turn(_ways(box, table, Path(folder)))
    print(f"\n{rows:,} rows x {COLUMNS} columns{'median':>27}{'p95':>10}{'best':>10}")
    for way, spent in times.items():
        figures = (percentile(spent, 0.5), percentile(spent, 0.95), min(spent))
        print(f"  {way:46}{''.join(f'{seconds(figure):>10}' for figure in figures)}")
    middle = {way: percentile(spent, 0.5) for way, spent in times.items()}
    added_ms = (middle["the box"] - middle["in the process itself"]) * 1e3
    if rows == SIZES[0]:
        yield Aim(f"the box over the call itself, {rows:,} rows", added_ms, 20, True, "ms")
    times_below = middle["cold bubblewrap"] / middle["the box"]
    yield Aim(f"a cold bubblewrap over the box, {rows:,} rows", times_below, 20 if rows == SIZES[0] else 15, False, "x")
    if rows == SIZES[1]:
        yield Aim(f"both views, {rows:,} rows", middle["the box, both views compared"] * 1e3, 25, True, "ms")


def _ways(box: Box, table: Table, folder: Path) -> dict[str, tuple[Callable[[], object], int]]:
    """Each way by name, and how often it runs in a round."""
    columns = [column.values for column in table]  # type: ignore[union-attr]
    np.save(folder / "rows.npy", np.stack(columns))
    alone = [str(default_python()), "-c", ALONE, str(folder / "rows.npy"), GROUP.decode()]
    bwrap = shutil.which("bwrap")
    assert bwrap is not None, "bubblewrap is needed for this comparison"
    frame, names, seeds = table.to_frame(), {}, itertools.count()
    exec(GROUP, names)

    def whole() -> None:
        run = run_group(box, GROUP, table, hidden=True)
        assert run.verdict == SandboxVerdict.OK, run

    def both() -> None:
        assert run_group_hidden(box, GROUP, table, seed=next(seeds)).verdict == SandboxVerdict.OK

    return {
        "in the process itself": (lambda: names["group"](frame), EACH),
        "plain subprocess": (lambda: _run(alone), 1),
        "cold bubblewrap": (lambda: _run([bwrap, "--ro-bind", "/", "/", "--dev", "/dev", "--unshare-all", *alone]), 1),
        "the box": (whole, EACH),
        "the box, both views compared": (both, EACH),
    }


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})


def _time_in_turn(ways: dict[str, tuple[Callable[[], object], int]]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(ROUNDS + 1):
        for way, (call, often) in ways.items():
            for _ in range(often):
                start = time.perf_counter()
                call()
                if number:  # the first round warms
                    times[way].append(time.perf_counter() - start)
    return times


def _rate(table: Table, boxes: int) -> float:
    """Jobs a second, one after the other in each box."""
    done = [0] * boxes
    ready = threading.Barrier(boxes)

    def work(number: int) -> None:
        with Box.start() as box:
            run_group(box, GROUP, table, hidden=True)
            ready.wait()
            end = time.monotonic() + SPELL_S
            while time.monotonic() < end:
                run_group(box, GROUP, table, hidden=True)
                done[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(boxes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / SPELL_S


def _show_memory(table: Table) -> None:
    """What a waiting box takes, and what a running job adds; shared pages counted once."""
    with Box.start() as box:
        run_group(box, GROUP, table, hidden=True)
        time.sleep(1)
        idle = _memory_mib(box.processes())
        thread = threading.Thread(target=run_group, args=(box, SLEEPS, table), kwargs={"hidden": True})
        thread.start()
        time.sleep(1.5)
        running = _memory_mib(box.processes())
        thread.join()
    print(f"memory: a waiting box {idle:.0f} MiB, a job adds {running - idle:.0f} MiB")


def _memory_mib(processes: frozenset[int]) -> float:
    """Proportional where it may be read (as root), else resident: then shared pages count more than once."""
    total_kib = 0
    for process in processes:
        try:
            text, name = Path(f"/proc/{process}/smaps_rollup").read_text(), "Pss:"
        except PermissionError:
            text, name = Path(f"/proc/{process}/status").read_text(), "VmRSS:"
        except (FileNotFoundError, ProcessLookupError):
            continue
        total_kib += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(name))
    return total_kib / 1024


def _grow(table: Table, jobs: int) -> Iterator[Aim]:
    """Many jobs in one box that is never made anew: what the last ones cost, against the first ones."""
    with Box.start(jobs_per_box=jobs + 100) as box:
        _some(box, table, 50)
        before_mib, first = _memory_mib(box.processes()), _some(box, table, jobs // 10)
        _some(box, table, jobs - 2 * (jobs // 10))
        last, after_mib = _some(box, table, jobs // 10), _memory_mib(box.processes())
    print(f"growth over {jobs:,} jobs: best {seconds(first)} at first, {seconds(last)} at last")
    yield Aim(f"the best job among the last of {jobs:,} over the first", last / first, 1.5, True, "x")
    yield Aim(f"memory of the box after {jobs:,} jobs, more than before", after_mib - before_mib, 8, True, "MB")


def _some(box: Box, table: Table, jobs: int) -> float:
    """The quickest of so many jobs: what is left when nobody else uses the machine."""
    best = float("inf")
    for _ in range(jobs):
        start = time.perf_counter()
        assert run_group(box, GROUP, table, hidden=True).verdict == SandboxVerdict.OK
        best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
