"""Two rates of one group on a line: the group against the rest, or before against after."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from bounty.figures.scale import Scale, Tick, span


@dataclass(frozen=True)
class Rate:
    """An estimate with its interval; what was never measured is NaN and is not drawn."""

    estimate: float
    low: float
    high: float

    @classmethod
    def stored(cls, interval: dict[str, float | None]) -> "Rate":
        """From the JSON form, where what is undefined is null."""
        return cls(*(math.nan if interval[key] is None else float(interval[key] or 0.0) for key in _KEYS))

    @property
    def is_known(self) -> bool:
        return math.isfinite(self.estimate)


_KEYS = ("estimate", "low", "high")


@dataclass(frozen=True)
class Mark:
    """A rate, placed."""

    rate: Rate
    at: str
    low_at: str
    high_at: str


@dataclass(frozen=True)
class Dumbbell:
    """Two marks on a shared axis, of which either may be missing."""

    first: Mark | None
    second: Mark | None
    ticks: tuple[Tick, ...]

    @property
    def is_whole(self) -> bool:
        return self.first is not None and self.second is not None


def axis(rates: Iterable[Rate]) -> Scale:
    """One axis for many dumbbells, from nought, with room for the marks at both ends."""
    known = [value for rate in rates if rate.is_known for value in (rate.estimate, rate.high)]
    low, high = span(known, floor=0.0)
    return Scale(low, high, start=4.0, end=96.0)


def dumbbell(scale: Scale, first: Rate | None, second: Rate | None) -> Dumbbell:
    """The marks of two rates on ``scale``."""
    return Dumbbell(_mark(scale, first), _mark(scale, second), scale.ticks())


def _mark(scale: Scale, rate: Rate | None) -> Mark | None:
    if rate is None or not rate.is_known:
        return None
    return Mark(rate, scale.at(rate.estimate), scale.at(rate.low), scale.at(rate.high))
