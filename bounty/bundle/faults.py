"""What is wrong with a bundle, in a form that a person and a program can read."""

from collections.abc import Sequence
from dataclasses import dataclass

from bounty.errors import Fault, Invalid

SHOWN_ROWS = 5


@dataclass(frozen=True, order=True)
class BundleFault:
    """One fault. ``row`` is the line in competition.yaml, or the data row (the first is 1) in a file of rows; 0: none.

    ``column`` is the column, or the key of competition.yaml as ``rules.mode``.
    """

    file: str
    row: int
    column: str
    code: str
    sentence: str

    def __str__(self) -> str:
        kind = "line" if self.file.endswith(".yaml") else "row"
        place = ", ".join(part for part in (self.file, f"{kind} {self.row}" if self.row else "", self.column) if part)
        return f"{place}: {self.sentence} [{self.code}]"


class BundleRefused(Invalid):
    """A bundle with faults; nothing was written."""

    def __init__(self, faults: Sequence[BundleFault]) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        super().__init__(
            "BUNDLE_REFUSED",
            f"The bundle has {count} fault{'s' if count != 1 else ''}; nothing was imported.",
            fault=Fault.ORGANISER,
            faults=[str(fault) for fault in self.faults],
        )


def name_rows(rows: Sequence[int]) -> str:
    """Data rows (counted from 1) in words, the first few of them.

    Example:
        >>> name_rows([3]), name_rows([3, 9]), name_rows([1, 2, 3, 4, 5, 6, 7])
        ('row 3', 'rows 3, 9', 'rows 1, 2, 3, 4, 5 and 2 more')
    """
    shown = ", ".join(str(row) for row in rows[:SHOWN_ROWS])
    more = f" and {len(rows) - SHOWN_ROWS:,} more" if len(rows) > SHOWN_ROWS else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"
