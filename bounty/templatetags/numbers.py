"""How numbers and moments are written on pages."""

import datetime as dt
import math
from typing import TypeGuard

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

MISSING = "\N{EN DASH}"


@register.filter
def rate(value: float | None) -> str:
    """A rate or a loss between nought and one, in per cent."""
    return MISSING if not _known(value) else f"{100 * value:.1f}%"


@register.filter
def share(value: float | None) -> str:
    """A round share, as rules and axes have them, without idle digits."""
    return MISSING if not _known(value) else f"{100 * value:.6g}%"


@register.simple_tag
def interval(of: dict[str, float | None] | None) -> str | SafeString:
    """An estimate with the ends of its interval."""
    if not of or not _known(of["estimate"]):
        return MISSING
    template = '{} <span class="soft interval">({} to {})</span>'
    return format_html(template, rate(of["estimate"]), rate(of["low"]), rate(of["high"]))


@register.filter
def points(value: float | None) -> str:
    """A difference of rates, signed, in percentage points."""
    if not _known(value):
        return MISSING
    written = f"{abs(100 * value):.2f}"
    sign = "" if float(written) == 0 else "+" if value > 0 else "\N{MINUS SIGN}"
    return f"{sign}{written} points"


@register.filter
def p_value(value: float | None) -> str:
    if not _known(value):
        return MISSING
    return "below 0.001" if value < 0.001 else f"{value:.3f}"


@register.filter
def significant(value: float | None) -> str:
    """A number of any size, with three significant digits."""
    return MISSING if not _known(value) else f"{value:.3g}"


@register.filter
def times(value: float | None) -> str:
    """A ratio of any size: whole from ten on."""
    return MISSING if not _known(value) else f"{value:,.0f}" if value >= 10 else f"{value:.3g}"


@register.filter
def whole(value: float | None) -> str:
    """A count, with thousands marked."""
    return MISSING if not _known(value) else f"{value:,.0f}"


@register.filter
def seconds(value: float | None) -> str:
    """A time of any length, with three significant digits, in the unit that suits it."""
    if not _known(value):
        return MISSING
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size * (1 - 1e-9):
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-6:.3g} µs"


@register.simple_tag
def moment(at: dt.datetime | None) -> str | SafeString:
    """A moment as people say it, with the exact UTC time behind it."""
    if at is None:
        return MISSING
    utc = at.astimezone(dt.UTC)
    exact = utc.strftime("%Y-%m-%d %H:%M UTC")
    return format_html('<time datetime="{}" title="{}">{}</time>', utc.isoformat(), exact, naturaltime(at))


@register.simple_tag
def date(at: dt.datetime | None) -> str | SafeString:
    """A moment by its date and time in UTC."""
    if at is None:
        return MISSING
    utc = at.astimezone(dt.UTC)
    return format_html('<time datetime="{}">{}</time>', utc.isoformat(), utc.strftime("%-d %b %Y, %H:%M UTC"))


def _known(value: float | None) -> TypeGuard[float]:
    return isinstance(value, int | float) and math.isfinite(value)
