"""``python -m scoring.replay FILE.npz [--skip-new-group]``: replay an archived sequence in strict mode and compare.

Prints each decision, its repairs and the list's length, and every mismatch with the archive. Exit status: 0 all equal,
1 any mismatch, 2 (with one sentence) for a file that cannot be read.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from scoring.archive import Archive, UnreadableArchiveError, read_archive
from scoring.decision_list import EVERYONE, Pointer
from scoring.losses import Loss, Sample
from scoring.merge import ListState, Mode, accepts, merge
from scoring.scores import Score, score

WORDS: Final = {1: "accept", 0: "refuse", -1: "skip"}


@dataclass(frozen=True)
class Step:
    """What strict mode made of submission ``number`` (from 0), and how that differs from the archive."""

    number: int
    decision: int
    score: Score
    repairs: tuple[Pointer, ...]
    nodes: int
    mismatches: tuple[str, ...]


def replay_archive(archive: Archive, *, skip_new_group: bool) -> Iterator[Step]:
    """Decide every submission in order; each step depends on our own earlier decisions, not on the archive's.

    ``skip_new_group`` leaves the group just added out of the repairs of its own merge, as one published updater does.
    """
    sample = Sample(Loss.ZERO_ONE, archive.labels)
    state = ListState.start(archive.initial)
    for number, (mask, patch) in enumerate(zip(archive.masks, archive.patches, strict=True)):
        head = state.version_answers[-1]
        found = score(sample, mask, sample.losses(head), sample.losses(patch))
        decision = _decision(found)
        repairs: tuple[Pointer, ...] = ()
        if decision == 1:
            outcome = merge(state, mask, patch, sample=sample, mode=Mode.STRICT, protect_new=not skip_new_group)
            state, repairs = outcome.state, outcome.repairs
        nodes = 1 + len(state.list.nodes)
        mismatches = tuple(_mismatches(archive, number, decision, state))
        yield Step(number, decision, found, repairs, nodes, mismatches)


def _decision(found: Score) -> int:
    if found.rows == 0:
        return -1
    return int(accepts(found, mode=Mode.STRICT))


def _mismatches(archive: Archive, number: int, decision: int, state: ListState) -> Iterator[str]:
    if decision != archive.accepted[number]:
        yield f"the archive says {WORDS[int(archive.accepted[number])]}"
    if 1 + len(state.list.nodes) != archive.nodes[number]:
        yield f"the archive has {archive.nodes[number]} nodes"
    updates = state.list.head
    if decision == 1 and updates <= len(archive.predictions):
        rows = int(np.count_nonzero(state.version_answers[-1] != archive.predictions[updates - 1]))
        if rows:
            yield f"{rows} of {len(archive.labels)} predictions differ"
    if number == len(archive.accepted) - 1 and updates != len(archive.predictions):
        yield f"the archive has the predictions after {len(archive.predictions)} updates, and {updates} were made"


def describe(step: Step) -> str:
    """One line about a step."""
    found = step.score
    repairs = ", ".join(f"{_group(each)} -> version {each.version}" for each in step.repairs) or "none"
    line = (
        f"{step.number:4d}  {WORDS[step.decision]:6}  rows {found.rows}  fixed {found.fixed}  broken {found.broken}"
        f"  nodes {step.nodes}  repairs: {repairs}"
    )
    return line + "".join(f"\n      MISMATCH: {each}" for each in step.mismatches)


def _group(repair: Pointer) -> str:
    return "everyone" if repair.group == EVERYONE else f"group {repair.group}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m scoring.replay", description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="the archived sequence, an npz file")
    parser.add_argument("--skip-new-group", action="store_true", help="repair as an updater that forgets the new group")
    chosen = parser.parse_args(arguments)
    try:
        archive = read_archive(chosen.file)
    except UnreadableArchiveError as fault:
        print(fault, file=sys.stderr)
        return 2
    steps = []
    for step in replay_archive(archive, skip_new_group=chosen.skip_new_group):
        steps.append(step)
        print(describe(step))
    print(summary(archive, steps))
    return int(any(step.mismatches for step in steps))


def summary(archive: Archive, steps: Sequence[Step]) -> str:
    """What the whole replay came to."""
    decisions = [step.decision for step in steps]
    repairs = sum(len(step.repairs) for step in steps)
    mismatches = sum(len(step.mismatches) for step in steps)
    nodes = steps[-1].nodes if steps else 1
    return (
        f"{len(archive.labels)} rows, {len(steps)} submissions: {decisions.count(1)} accepted, {decisions.count(0)} "
        f"refused, {decisions.count(-1)} skipped; {repairs} repairs, {nodes} nodes, {mismatches} mismatches"
    )


if __name__ == "__main__":
    sys.exit(main())
