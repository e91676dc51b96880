"""The figures as template components: each draws static SVG from numbers and names the table behind it."""

from collections.abc import Sequence
from typing import Any

from django import template

from bounty.figures.dumbbell import Dumbbell
from bounty.figures.histogram import histogram as bars_of
from bounty.figures.step_line import Measure
from bounty.figures.step_line import step_line as steps_of

register = template.Library()


@register.inclusion_tag("partials/_step_line.html")
def step_line(measures: Sequence[Measure], *, title: str, note: str = "") -> dict[str, Any]:
    """A rate by version; ``note`` says where the numbers come from."""
    return {"figure": steps_of(measures), "title": title, "note": note}


@register.inclusion_tag("partials/_dumbbell.html")
def dumbbell(figure: Dumbbell) -> dict[str, Any]:
    """Two rates of one row of a table; the numbers stand in the row's other cells."""
    return {"figure": figure}


@register.inclusion_tag("partials/_histogram.html")
def histogram(counts: Sequence[float]) -> dict[str, Any]:
    """The spread of a column's public values."""
    return {"figure": bars_of(counts)}
