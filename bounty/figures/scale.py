"""From a value to a place on an axis."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Tick:
    """One mark of an axis: where, and the value that stands there."""

    at: str
    value: float


@dataclass(frozen=True)
class Scale:
    """A linear axis: ``low`` stands at ``start`` per cent of the drawing, ``high`` at ``end``."""

    low: float
    high: float
    start: float = 0.0
    end: float = 100.0

    def number(self, value: float) -> float:
        """The place in per cent, never outside the axis."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    def at(self, value: float) -> str:
        return percent(self.number(value))

    def ticks(self, count: int = 4) -> tuple[Tick, ...]:
        """About ``count`` round values inside the axis."""
        step = round_step((self.high - self.low) / count)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return tuple(Tick(self.at(k * step), k * step) for k in range(first, last + 1))


def percent(place: float) -> str:
    return f"{place:.2f}%"


def round_step(rough: float) -> float:
    """The smallest of 1, 2 or 5 times a power of ten that is not below ``rough``."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= rough * (1 - 1e-9))


def span(values: Iterable[float], *, floor: float | None = None) -> tuple[float, float]:
    """The ends of an axis that shows all ``values``: rounded outwards, never of no length.

    ``floor`` is a value that the axis begins at, whatever the smallest value is.
    """
    found = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = (min(found) if floor is None else floor), max(found)
    if high - low < 1e-9:
        high = low + max(abs(low), 1e-3)
    step = round_step((high - low) / 4)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
