"""How a column's public values are spread, in a drawing no larger than a word."""

from collections.abc import Sequence
from dataclasses import dataclass

from bounty.figures.scale import percent

GAP = 12.0  # per cent of a bar's place that stays free


@dataclass(frozen=True)
class Bar:
    left: str
    top: str
    width: str
    height: str


@dataclass(frozen=True)
class Histogram:
    bars: tuple[Bar, ...]


def histogram(counts: Sequence[float]) -> Histogram | None:
    """One bar for each count, the tallest filling the height; None where there is nothing to show."""
    tallest = max(counts, default=0)
    if tallest <= 0:
        return None
    place = 100.0 / len(counts)
    width = place * (1 - GAP / 100)
    heights = [100.0 * count / tallest for count in counts]
    bars = [
        Bar(percent(i * place), percent(100.0 - height), percent(width), percent(height))
        for i, height in enumerate(heights)
    ]
    return Histogram(tuple(bars))
