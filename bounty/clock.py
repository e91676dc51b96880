"""The only reader of time."""

import datetime as dt

from django.utils import timezone


def now() -> dt.datetime:
    """This moment, aware, in UTC."""
    return timezone.now()


def today() -> dt.date:
    """The UTC day that quotas are counted in."""
    return now().date()


def next_midnight() -> dt.datetime:
    """When the daily quotas are next reset."""
    return dt.datetime.combine(today() + dt.timedelta(days=1), dt.time(), tzinfo=dt.UTC)


def later(seconds: float) -> dt.datetime:
    return now() + dt.timedelta(seconds=seconds)
