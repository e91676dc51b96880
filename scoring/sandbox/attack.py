"""Runs a corpus of bad submissions and looks at what each of them achieved.

A corpus is a JSON list of objects: ``name``, ``expect`` (the verdicts that are right), ``source`` or ``source_base64``,
``limits`` (``cpu_s``, ``wall_s``, ``memory_bytes``; ``public`` true where only a public run is meant), ``note``.
In a source, be it text or base64, @SECRET@ stands for a world-readable file with a canary, @SECRETDIR@ for its folder,
@PORT@ for a loopback port with a TCP and a UDP listener.
"""

import base64
import json
import math
import os
import queue
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from scoring.sandbox.layers import Layer
from scoring.sandbox.limits import GROUP_LIMITS, Limits
from scoring.sandbox.range import Range
from scoring.sandbox.runs import GroupRun, run_group, run_group_hidden
from scoring.sandbox.verdicts import SandboxVerdict

WHOLE_LIMITS: Final = ("cpu_s", "memory_bytes")
LIMIT_NAMES: Final = (*WHOLE_LIMITS, "wall_s")
SPENT: Final = (SandboxVerdict.CPU_LIMIT, SandboxVerdict.TIMEOUT)


@dataclass(frozen=True)
class Attack:
    """One entry of a corpus."""

    name: str
    expect: tuple[str, ...]
    source: bytes
    limits: Limits
    public_only: bool


@dataclass(frozen=True)
class Result:
    """What became of one attack; ``problems`` is empty when all is well."""

    name: str
    verdict: str
    problems: tuple[str, ...]


def read_corpus(path: Path) -> list[dict[str, Any]]:
    """The entries of a corpus file. Raises ValueError, with one plain sentence, when it is none."""
    try:
        entries = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(entries, list):
        raise ValueError(f"{path} is not a list of attacks")
    for number, entry in enumerate(entries):
        if fault := _fault(entry):
            raise ValueError(f"{path}: attack {number} {fault}")
    return entries


def _fault(entry: object) -> str | None:
    """What keeps an entry from being an attack."""
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        return "has no name"
    expect = entry.get("expect")
    if not isinstance(expect, list) or not expect or not all(isinstance(verdict, str) for verdict in expect):
        return "does not list the verdicts that are expected of it"
    if not isinstance(entry.get("source", entry.get("source_base64")), str):
        return "has neither source nor source_base64"
    limits = entry.get("limits") or {}
    if not isinstance(limits, dict) or not all(_is_limit(limits.get(name, 1)) for name in LIMIT_NAMES):
        return "has limits that are not numbers above zero"
    try:
        base64.b64decode(entry.get("source_base64", ""), validate=True)
    except (ValueError, TypeError):
        return "has a source_base64 that is not base64"
    return None


def _is_limit(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def arm(entry: dict[str, Any], ground: Range) -> Attack:
    """The attack of an entry, aimed at this range."""
    asked = entry.get("limits") or {}
    limits = replace(GROUP_LIMITS, **{name: math.ceil(asked[name]) for name in WHOLE_LIMITS if name in asked})
    limits = replace(limits, wall_s=float(asked.get("wall_s", limits.wall_s)))
    text = entry.get("source")
    # a JSON text may hold half a character, which is an attack too
    source = base64.b64decode(entry["source_base64"]) if text is None else text.encode("utf-8", "surrogatepass")
    public_only = bool(asked.get("public", entry.get("public", False)))
    return Attack(entry["name"], tuple(entry["expect"]), ground.fill(source), limits, public_only)


def run_attack(attack: Attack, ground: Range) -> Result:
    """The attack in a hidden run and in a public one, with every after-check. The verdict shown is the hidden run's."""
    ground.begin()
    runs: list[GroupRun] = []
    if not attack.public_only:
        runs.append(
            run_group_hidden(ground.box, attack.source, ground.table, seed=len(attack.name), limits=attack.limits)
        )
    problems = [word for run in runs for word in _said(run)]
    # what has used up its time in silence would only do so again
    if not runs or runs[0].verdict not in SPENT:
        runs.append(run_group(ground.box, attack.source, ground.table, limits=attack.limits, hidden=False))
    problems += [f"{run.verdict} was not expected" for run in runs if not _expected(attack, run, first=run is runs[0])]
    return Result(attack.name, runs[0].verdict.value, tuple(problems + ground.problems(*runs)))


def _said(run: GroupRun) -> list[str]:
    return ["a hidden run said something"] if run.message or run.log or run.line is not None else []


def _expected(attack: Attack, run: GroupRun, *, first: bool) -> bool:
    expect = set(attack.expect)
    if SandboxVerdict.INVALID_OUTPUT in expect:
        expect.add(SandboxVerdict.NOT_ROWWISE)
    if not first and SandboxVerdict.NOT_ROWWISE in expect:
        expect.add(SandboxVerdict.OK)  # one view alone cannot tell
    return run.verdict in expect


def run_corpus(
    entries: Sequence[dict[str, Any]],
    *,
    report: Callable[[Result], None] = lambda _: None,
    ranges: int | None = None,
    layer: Layer = Layer.BWRAP,
) -> list[Result]:
    """Every attack once, spread over as many ranges as there are processors; results in the corpus's order.

    Raises BoxError where no box can be made. What an attack does to its box is a problem of that attack alone.
    """
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(len(entries)):
        waiting.put(number)
    results: dict[int, Result] = {}

    def serve() -> None:
        with Range(layer) as ground:
            while True:
                try:
                    number = waiting.get_nowait()
                except queue.Empty:
                    return
                results[number] = run_attack(arm(entries[number], ground), ground)
                report(results[number])

    workers = ranges or max(1, min(len(entries), os.cpu_count() or 1))
    with ThreadPoolExecutor(workers) as pool:
        for served in [pool.submit(serve) for _ in range(workers)]:
            served.result()
    return [results[number] for number in range(len(entries))]
