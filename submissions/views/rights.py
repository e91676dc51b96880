"""The table of who may what, as it was last measured."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.conf import settings

YES: Final = "yes"
# What stands before the status where a redirect means that nothing was done, or else the status itself, in words.
_REDIRECTS: Final = {"sign in": "sign in", "password": "password", "refused": "not now"}
_STATUSES: Final = {"401": "sign in", "403": "no", "404": "not found", "409": "not now", "422": "not so"}


@dataclass(frozen=True)
class Cell:
    """One visitor's answer: in words, and the HTTP status behind them. Empty where nothing was asked."""

    words: str
    status: str

    @property
    def may(self) -> bool:
        return self.words == YES


@dataclass(frozen=True)
class Row:
    request: str
    what: str
    cells: list[Cell]


@dataclass(frozen=True)
class Section:
    title: str
    rows: list[Row]


def cell_of(answer: str) -> Cell:
    """The cell of a measured answer: ``404``, or ``302 sign in``."""
    status, _, led_to = answer.partition(" ")
    return Cell(_REDIRECTS[led_to] if led_to else _STATUSES.get(status, YES if status else ""), status)


def visitors() -> list[str]:
    """The columns."""
    found: list[str] = _table()["visitors"]
    return found


def sections() -> list[Section]:
    """The rows, by what they are about."""
    return [Section(section["title"], [*map(_row, section["rows"])]) for section in _table()["sections"]]


@cache
def _table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((settings.BASE_DIR / "templates" / "docs" / "permissions.json").read_text())
    return found


def _row(row: dict[str, Any]) -> Row:
    return Row(row["request"], row["what"], [cell_of(cell) for cell in row["cells"]])
