"""The model's error by version: a step for each, with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

from bounty.figures.scale import Scale, Tick, percent, span

MAX_LABELS = 8  # more values than these would run into each other on a phone


@dataclass(frozen=True)
class Measure:
    """An estimate with its interval, and what it is called on the axis."""

    label: str
    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Step:
    """One version, placed: the level of its line, its interval's box, and the riser from the step before."""

    measure: Measure
    left: str
    right: str
    middle: str
    width: str
    level: str
    band_top: str
    band_height: str
    riser_from: str | None
    value_shown: bool
    label_shown: bool
    value_at: str


@dataclass(frozen=True)
class StepLine:
    """Everything the drawing needs."""

    steps: tuple[Step, ...]
    ticks: tuple[Tick, ...]

    @property
    def first(self) -> Measure:
        return self.steps[0].measure

    @property
    def last(self) -> Measure:
        return self.steps[-1].measure


def step_line(measures: Sequence[Measure]) -> StepLine | None:
    """The steps of ``measures``, oldest first; None where there is nothing to draw."""
    if not measures:
        return None
    low, high = span([value for m in measures for value in (m.estimate, m.low, m.high)])
    levels = Scale(low, high, start=92.0, end=10.0)  # the drawing's origin is its upper left corner
    width = 100.0 / len(measures)
    steps = tuple(_step(measures, i, levels=levels, width=width) for i in range(len(measures)))
    return StepLine(steps, levels.ticks())


def _step(measures: Sequence[Measure], i: int, *, levels: Scale, width: float) -> Step:
    measure = measures[i]
    top, bottom = levels.number(measure.high), levels.number(measure.low)
    every = -(-len(measures) // MAX_LABELS)
    at_end = i in (0, len(measures) - 1)
    return Step(
        measure=measure,
        left=percent(i * width),
        right=percent((i + 1) * width),
        middle=percent((i + 0.5) * width),
        width=percent(width),
        level=levels.at(measure.estimate),
        band_top=percent(top),
        band_height=percent(bottom - top),
        riser_from=levels.at(measures[i - 1].estimate) if i else None,
        value_shown=at_end or len(measures) <= MAX_LABELS,
        label_shown=at_end or i % every == 0,
        value_at=percent(top - 2.0),
    )
