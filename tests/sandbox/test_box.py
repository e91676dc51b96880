"""The box as processes: it recovers from the loss of any part, and leaves nothing behind."""

import contextlib
import gc
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from scoring.sandbox import GROUP_LIMITS, Box, GroupRun, Limits, SandboxVerdict, attempt, run_group
from scoring.tables import Table

PROJECT = Path(__file__).resolve().parents[2]
V = SandboxVerdict
GOOD = b"def group(X):\n    return X['age'] > 64\n"
SLEEPS = b"import time\ndef group(X):\n    time.sleep(60)\n"
END_S = 10.0
START_S = 60.0
IDLE = 6  # bubblewrap outside and inside; two waiting interpreters, each with the process of its next job


def await_end(processes: Iterable[int]) -> set[int]:
    """The processes that still live after a while."""
    living = set()
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(process)
            if not select.select([handle], [], [], END_S)[0]:
                living.add(process)
            os.close(handle)
    return living


def while_running(
    box: Box, people: Table, harm: Callable[[], None], *, limits: Limits = GROUP_LIMITS
) -> GroupRun:  # fmt: skip
    """A long job, with harm done once it has begun."""
    idle, runs = len(box.processes()), []
    thread = threading.Thread(target=lambda: runs.append(run_group(box, SLEEPS, people, limits=limits, hidden=False)))
    thread.start()
    deadline = time.monotonic() + END_S
    while len(box.processes()) == idle and time.monotonic() < deadline:
        pass
    harm()
    thread.join()
    return runs[0]


def test_nothing_is_left_when_it_is_closed(people: Table) -> None:
    box = Box.start()
    family = box.processes()
    assert len(family) == IDLE
    assert run_group(box, GOOD, people, hidden=False).verdict == V.OK
    box.close()
    assert not box.alive
    assert await_end(family) == set()


def test_a_closed_box_can_be_used_again(fresh_box: Box, people: Table) -> None:
    fresh_box.close()
    assert run_group(fresh_box, GOOD, people, hidden=False).verdict == V.OK


def test_jobs_share_one_box_until_it_has_had_enough(people: Table) -> None:
    with Box.start(jobs_per_box=2) as box:
        generations = []
        for _ in range(5):
            assert run_group(box, GOOD, people, hidden=False).verdict == V.OK
            generations.append(box.generation)
    assert generations == [1, 1, 2, 2, 3]


@pytest.mark.parametrize("part", ["zygote", "walls", "everything"])
def test_recovers_when_a_part_was_killed_between_jobs(fresh_box: Box, people: Table, part: str) -> None:
    family = fresh_box.processes()
    chosen = {"zygote": [fresh_box.waiting()], "walls": [min(family)], "everything": sorted(family)}[part]
    for process in chosen:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    assert await_end(chosen) == set()
    assert run_group(fresh_box, GOOD, people, hidden=False).verdict == V.OK
    assert fresh_box.generation == 2
    assert await_end(family) == set()


def test_recovers_when_the_zygote_was_stopped(fresh_box: Box, people: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "BEGIN_S", 1.0)
    family = fresh_box.processes()
    os.kill(fresh_box.waiting(), signal.SIGSTOP)
    assert run_group(fresh_box, GOOD, people, hidden=False).verdict == V.OK
    assert await_end(family) == set()


def test_a_job_whose_zygote_is_killed_twice_is_the_platforms_failure(fresh_box: Box, people: Table) -> None:
    families = [fresh_box.processes()]

    def kill_both() -> None:
        first = fresh_box.waiting()
        os.kill(first, signal.SIGKILL)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:  # the second box, once its job runs
            with contextlib.suppress(Exception):
                if fresh_box.waiting() != first and len(fresh_box.processes()) > IDLE:
                    break
        families.append(fresh_box.processes())
        os.kill(fresh_box.waiting(), signal.SIGKILL)

    run = while_running(fresh_box, people, kill_both)
    assert (run.verdict, run.message, run.mask) == (V.SANDBOX_ERROR, "", None)
    assert await_end(set().union(*families)) == set()
    assert run_group(fresh_box, GOOD, people, hidden=False).verdict == V.OK


THREADS = b"""
import threading, time
def group(X):
    for _ in range(12):
        threading.Thread(target=lambda: time.sleep(len([bytearray(300) for _ in range(1000)])), daemon=True).start()
    return X['age'] > len(bytearray(600 << 20)) - (600 << 20)
"""


def test_the_threads_of_a_job_leave_it_its_memory(box: Box, people: Table) -> None:
    assert run_group(box, THREADS, people, hidden=False).verdict == V.OK


def test_the_job_dies_with_its_box(fresh_box: Box, people: Table) -> None:
    families: list[frozenset[int]] = []

    def kill_the_first_job_and_its_box() -> None:
        families.append(fresh_box.processes())
        fresh_box.close()

    while_running(fresh_box, people, kill_the_first_job_and_its_box, limits=replace(GROUP_LIMITS, wall_s=2.0))
    assert len(families[0]) == IDLE + 1
    assert await_end(families[0]) == set()


def test_nothing_is_left_when_the_worker_is_killed(people: Table) -> None:
    """The worker has a job running; nobody tells the box that it is gone but the socket's end."""
    script = (
        "import threading, numpy as np\n"
        "from scoring.sandbox import Box, run_group\n"
        "from scoring.tables import NumberColumn, Table\n"
        "table = Table((NumberColumn('age', np.arange(3)),), 3)\n"
        "box = Box.start()\n"
        f"threading.Thread(target=run_group, args=(box, {SLEEPS!r}, table), kwargs={{'hidden': False}}).start()\n"
        f"while len(box.processes()) < {IDLE + 1}: pass\n"
        "print(*box.processes(), flush=True)\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    family = [int(word) for word in worker.stdout.readline().split()]
    worker.kill()
    worker.wait()
    worker.stdout.close()
    assert len(family) == IDLE + 1
    assert await_end(family) == set()


def test_a_job_leaves_no_descriptor_and_no_process(box: Box, people: Table) -> None:
    run_group(box, GOOD, people, hidden=False)
    gc.collect()
    descriptors, family = len(os.listdir("/proc/self/fd")), len(box.processes())
    for source in (GOOD, b"1 / 0", b"import os\nos._exit(3)", b"import os\nos.abort()", SLEEPS[:20]) * 4:
        run_group(box, source, people, hidden=False)
    assert len(os.listdir("/proc/self/fd")) == descriptors
    assert len(box.processes()) == family


def test_the_waiting_interpreter_has_one_thread_no_rights_and_another_user(box: Box) -> None:
    status = Path(f"/proc/{box.waiting()}/status").read_text()
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert lines["Threads"] == "1"
    assert {lines[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapInh", "CapAmb")} == {"0" * 16}
    assert lines["NoNewPrivs"] == "1"
    assert "0" not in lines["Uid"].split()


def test_the_box_holds_the_interpreter_and_nothing_else(box: Box) -> None:
    root = Path(f"/proc/{box.waiting()}/root")
    assert {entry.name for entry in root.iterdir()} <= {"opt", "lib", "lib64"}
    assert {entry.name for entry in (root / "opt").iterdir()} == {"bb", "box", "lib", "python"}
    host_side = {"host.py", "process.py", "attempt.py", "launch.py"}
    assert not host_side & {entry.name for entry in (root / "opt/bb/scoring/sandbox").iterdir()}
