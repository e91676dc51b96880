"""All checks of a bundle as one, each of which goes as far as what could be read lets it."""

from typing import Any

import pandas as pd

from bounty.bundle.reading import Bundle


def check(bundle: Bundle) -> None:
    """Note every fault in the bundle."""


def classes_of(labels: "pd.Series[Any]") -> list[Any]:
    """The label values in the order of their codes."""
    return sorted(labels.dropna().unique().tolist())


def positive_of(value: str | int | bool | None) -> str:
    """The positive label as it is stored: a truth value is kept as 0 or 1, like the column."""
    return "" if value is None else str(int(value) if isinstance(value, bool) else value)
