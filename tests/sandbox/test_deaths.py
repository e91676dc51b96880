"""Parts of the box that are killed or stopped: recovered from in bounded time, and nothing is left alive."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scoring.sandbox import Box, Limits, SandboxVerdict, attempt, run_group
from scoring.tables import Table
from tests.sandbox.test_box import GOOD, SLEEPS, await_end, while_running

V = SandboxVerdict
LEARNS = b"import sklearn\n" + GOOD
BRIEF = Limits(cpu_s=8, wall_s=1.0, memory_bytes=1 << 28)


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def children(box: Box, process: int) -> set[int]:
    return {other for other in box.processes() if parent(other) == process}


def learned(box: Box) -> int:
    """The interpreter with the learning libraries: the first one's child that has a child of its own."""
    return next(child for child in children(box, box.waiting()) if children(box, child))


def spare(box: Box) -> int:
    """The process made ahead for the first one's next job."""
    return next(child for child in children(box, box.waiting()) if not children(box, child))


PARTS: dict[str, Callable[[Box], int]] = {
    "the first interpreter": Box.waiting,
    "the second interpreter": learned,
    "the process of the next job": spare,
    "the process of the next job of the second": lambda box: children(box, learned(box)).pop(),
    "the walls": lambda box: min(box.processes()),
}


@pytest.fixture(scope="module")
def hurt() -> Iterator[Box]:
    """One box for all of these tests: that it serves the next is a part of what they show."""
    with Box.start() as box:
        yield box


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "BEGIN_S", 3.0)
    monkeypatch.setattr(attempt, "GRACE_S", 3.0)


@pytest.mark.parametrize("part", PARTS)
def test_a_box_recovers_from_the_death_of_any_part(hurt: Box, people: Table, part: str) -> None:
    family, victim = hurt.processes(), PARTS[part](hurt)
    os.kill(victim, signal.SIGKILL)
    await_end([victim])
    assert [run_group(hurt, source, people, hidden=False).verdict for source in (GOOD, LEARNS)] == [V.OK] * 2
    assert await_end(family - hurt.processes()) == set()


@pytest.mark.parametrize("part", ["the second interpreter", "the process of the next job"])
def test_a_box_recovers_when_a_part_was_stopped(hurt: Box, people: Table, part: str) -> None:
    family = hurt.processes()
    os.kill(PARTS[part](hurt), signal.SIGSTOP)
    assert [run_group(hurt, source, people, hidden=False).verdict for source in (GOOD, LEARNS)] == [V.OK] * 2
    assert await_end(family - hurt.processes()) == set()


def test_a_job_whose_box_was_stopped_under_it_is_tried_again_in_bounded_time(hurt: Box, people: Table) -> None:
    families, generation = [hurt.processes()], hurt.generation

    def stop() -> None:
        families.append(hurt.processes())
        os.kill(hurt.waiting(), signal.SIGSTOP)

    start = time.monotonic()
    run = while_running(hurt, people, stop, limits=BRIEF)
    assert run.verdict == V.TIMEOUT  # the second box's own answer
    assert hurt.generation == generation + 1
    assert time.monotonic() - start < 60
    assert await_end(set().union(*families)) == set()


@pytest.mark.parametrize(("number", "verdict"), [(signal.SIGKILL, V.CRASHED), (signal.SIGSTOP, V.TIMEOUT)])
def test_a_job_that_is_killed_or_stopped_leaves_the_box_as_it_was(
    hurt: Box, people: Table, number: int, verdict: SandboxVerdict
) -> None:
    """As the kernel does when the machine runs out of memory."""
    idle, generation = len(hurt.processes()), hurt.generation

    def harm() -> None:
        os.kill(running(hurt), number)

    assert while_running(hurt, people, harm, limits=BRIEF).verdict == verdict
    assert run_group(hurt, GOOD, people, hidden=False).verdict == V.OK
    assert (hurt.generation, len(hurt.processes())) == (generation, idle)


def running(box: Box) -> int:
    """The job: of the first interpreter's children without children, the one that was made first."""
    return min(child for child in children(box, box.waiting()) if not children(box, child))


def test_the_walls_killed_under_a_job_end_it_and_it_is_tried_again(hurt: Box, people: Table) -> None:
    families: list[frozenset[int]] = []
    generation = hurt.generation

    def kill() -> None:
        families.append(hurt.processes())
        for process in sorted(hurt.processes())[:2]:
            os.kill(process, signal.SIGKILL)

    assert while_running(hurt, people, kill, limits=BRIEF).verdict == V.TIMEOUT
    assert hurt.generation == generation + 1
    assert await_end(families[0]) == set()


def test_a_sleeping_job_ends_by_the_clock_whoever_forked_it(hurt: Box, people: Table) -> None:
    generation = hurt.generation
    verdicts = [
        run_group(hurt, source, people, limits=BRIEF, hidden=False).verdict
        for source in (SLEEPS, b"import sklearn\n" + SLEEPS)
    ]
    assert (verdicts, hurt.generation) == ([V.TIMEOUT] * 2, generation)
