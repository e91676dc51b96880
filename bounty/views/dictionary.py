"""The data dictionary as the data page shows it; all of it was computed from public rows."""

from dataclasses import dataclass
from typing import Any

from bounty.models import Competition, DataColumn

SHOWN_ROLES = (DataColumn.Role.FEATURE, DataColumn.Role.LABEL)


@dataclass(frozen=True)
class Entry:
    """One column: ``spread`` of numbers, ``lengths`` of prose, or the most frequent ``values``; ``bars`` of any."""

    column: DataColumn
    spread: dict[str, Any]
    lengths: dict[str, Any]
    values: list[dict[str, Any]]
    other: int
    warn: bool

    @property
    def bars(self) -> list[int]:
        return self.spread.get("counts") or self.lengths.get("counts") or [value["count"] for value in self.values]


def dictionary(competition: Competition) -> tuple[list[Entry], list[DataColumn]]:
    """The columns that matter to a group, and those that only stand in the files."""
    columns = list(competition.data_columns.all())
    shown = [_entry(column, competition) for column in columns if column.role in SHOWN_ROLES]
    return shown, [column for column in columns if column.role not in SHOWN_ROLES]


def _entry(column: DataColumn, competition: Competition) -> Entry:
    summary = column.summary
    return Entry(
        column=column,
        spread=summary if "counts" in summary else {},
        lengths=summary.get("lengths", {}),
        values=summary.get("values", []),
        other=summary.get("other", 0),
        # Labels and the names of groups are in view: whoever audits needs them.
        warn=bool(competition.content_warning) and column.role == DataColumn.Role.FEATURE and not column.demographic,
    )
