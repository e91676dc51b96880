"""A competition's own limits on entrants' code: lower than the platform's, by kind of job; never higher.

Written as ``{"group": {"cpu_s": 4, "wall_s": 10, "memory_mib": 512}, "patch": {...}, "model": {...}}``; what is not
named is the platform's. A patch is Python that is fitted, a model an ONNX file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from scoring.sandbox.limits import GROUP_LIMITS, MIB, MODEL_LIMITS, PATCH_LIMITS, Limits

HIGHEST: Final[Mapping[str, Limits]] = {"group": GROUP_LIMITS, "patch": PATCH_LIMITS, "model": MODEL_LIMITS}
# Less than this could run nothing that is worth a submission: importing pandas' parts takes some of it.
LOWEST: Final[Mapping[str, int]] = {"cpu_s": 1, "wall_s": 1, "memory_mib": 128}

Lowered = Mapping[str, Mapping[str, int]]


def limits_of(lowered: Lowered, kind: str) -> Limits:
    """What one run of this kind may use.

    Example:
        >>> found = limits_of({"group": {"memory_mib": 512}}, "group")
        >>> found.cpu_s, found.wall_s, found.memory_bytes // MIB
        (8, 30.0, 512)
    """
    in_force = limits_in_force(lowered)[kind]
    return replace(
        HIGHEST[kind],
        cpu_s=in_force["cpu_s"],
        wall_s=float(in_force["wall_s"]),
        memory_bytes=in_force["memory_mib"] * MIB,
    )


def limits_in_force(lowered: Lowered) -> dict[str, dict[str, int]]:
    """All limits in force, by kind and name. A higher one than the platform's does not count."""
    return {
        kind: {name: min(value, lowered.get(kind, {}).get(name, value)) for name, value in _highest(kind).items()}
        for kind in HIGHEST
    }


def _highest(kind: str) -> dict[str, int]:
    limits = HIGHEST[kind]
    return {"cpu_s": limits.cpu_s, "wall_s": int(limits.wall_s), "memory_mib": limits.memory_bytes // MIB}


def faults(given: object) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with limits as an organiser wrote them: where, and one sentence.

    Example:
        >>> list(faults({"group": {"cpu_s": 9}}))
        [(('group', 'cpu_s'), 'group.cpu_s must be from 1 to 8.')]
        >>> list(faults({"patch": {"wall_s": 20}}))
        []
    """
    if not isinstance(given, Mapping):
        yield (), "limits must be keys and values."
        return
    for kind, own in given.items():
        if kind not in HIGHEST:
            yield (str(kind),), f"{kind} is no kind of job; there are {', '.join(HIGHEST)}."
        elif not isinstance(own, Mapping):
            yield (kind,), f"{kind} must be keys and values."
        else:
            yield from _faults_of(kind, own)


def _faults_of(kind: str, own: Mapping[object, object]) -> Iterator[tuple[tuple[str, ...], str]]:
    highest = _highest(kind)
    for name, value in own.items():
        if not isinstance(name, str) or name not in highest:
            yield (kind, str(name)), f"{kind}.{name} is no limit; there are {', '.join(highest)}."
        elif not isinstance(value, int) or isinstance(value, bool) or not LOWEST[name] <= value <= highest[name]:
            yield (kind, name), f"{kind}.{name} must be from {LOWEST[name]} to {highest[name]}."
