"""How times grow with a size: lines on two axes of powers of ten."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bounty.figures.scale import Scale, Tick


@dataclass(frozen=True)
class Dot:
    at: str
    level: str


@dataclass(frozen=True)
class Series:
    """One line: its name, its dots, and the pieces between them."""

    name: str
    dots: tuple[Dot, ...]

    @property
    def pieces(self) -> tuple[tuple[Dot, Dot], ...]:
        return tuple(pairwise(self.dots))


@dataclass(frozen=True)
class Growth:
    """Everything the drawing needs; ``sizes`` stand below, ``ticks`` (seconds) at the left."""

    series: tuple[Series, ...]
    sizes: tuple[Tick, ...]
    ticks: tuple[Tick, ...]


def growth(sizes: Sequence[float], times: Mapping[str, Sequence[float]]) -> Growth | None:
    """Seconds by size, a line for each name; None where there is nothing to draw. All are above 0."""
    if not sizes:
        return None
    across = _powers(sizes, start=3.0, end=97.0)
    up = _powers([time for line in times.values() for time in line], start=92.0, end=4.0)
    lines = tuple(
        Series(
            name,
            tuple(Dot(across.at(math.log10(s)), up.at(math.log10(t))) for s, t in zip(sizes, line, strict=True)),
        )
        for name, line in times.items()
    )
    below = tuple(Tick(across.at(math.log10(size)), size) for size in sizes)
    beside = tuple(Tick(up.at(power), 10.0**power) for power in range(int(up.low), int(up.high) + 1))
    return Growth(lines, below, beside)


def _powers(values: Sequence[float], *, start: float, end: float) -> Scale:
    """An axis of exponents that begins and ends at whole powers of ten."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return Scale(float(low), float(max(high, low + 1)), start=start, end=end)
