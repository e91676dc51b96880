"""The table as the documentation keeps it: one file, a line a row, written by the measurement and by nothing else."""

import json
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from tests.permissions import admin_pages, endpoints, pages
from tests.permissions.ask import Ask
from tests.permissions.measure import VISITORS, Measuring
from tests.permissions.routes import admin_folder

FILE: Final = Path(settings.BASE_DIR) / "templates" / "docs" / "permissions.json"
SECTIONS: Final[dict[str, list[Ask]]] = {
    "The site": pages.SITE,
    "Accounts": pages.ACCOUNT,
    "A competition": pages.COMPETITION,
    "Teams": pages.TEAM,
    "Webhooks": pages.WEBHOOKS,
    "Submissions": pages.SUBMISSION,
    "The organiser": pages.ORGANISER,
    "The API": endpoints.API,
    "The admin": admin_pages.ADMIN,
}
Row = dict[str, Any]
Table = dict[str, Any]


def every_ask() -> list[Ask]:
    of_records = [ask for asks in admin_pages.of_records().values() for ask in asks]
    return [*(ask for asks in SECTIONS.values() for ask in asks), *of_records]


def measured(measuring: Measuring) -> Table:
    sections = [{"title": title, "rows": [_row(measuring, ask) for ask in asks]} for title, asks in SECTIONS.items()]
    return {
        "visitors": list(VISITORS),
        "sections": [*sections, {"title": "Records in the admin", "rows": _records(measuring)}],
    }


def _row(measuring: Measuring, ask: Ask) -> Row:
    route = measuring.routes[ask.route]
    return {"request": f"{ask.method} {route.readable}", "what": ask.what, "cells": measuring.cells(ask)}


def _records(measuring: Measuring) -> list[Row]:
    """One row a request for all kinds of record; kinds that are answered otherwise have a row of their own."""
    rows: list[Row] = []
    by_kind = admin_pages.of_records()
    for position, first in enumerate(next(iter(by_kind.values()))):
        alike: dict[tuple[str, ...], list[str]] = {}
        for model, asks in by_kind.items():
            alike.setdefault(tuple(measuring.cells(asks[position])), []).append(str(model._meta.verbose_name))
        kind = next(iter(by_kind))
        address = measuring.routes[first.route].readable.replace(admin_folder(kind), "/admin/APP/RECORD/")
        most = max(alike, key=lambda cells: len(alike[cells]))
        for cells in sorted(alike, key=lambda cells: -len(alike[cells])):
            which = "" if cells == most else f" ({', '.join(sorted(alike[cells]))})"
            rows.append({"request": f"{first.method} {address}", "what": first.what + which, "cells": list(cells)})
    return rows


def written(table: Table) -> str:
    """As JSON, a line a row, so that a diff shows the rows that changed."""
    sections = []
    for section in table["sections"]:
        lines = ",\n".join(f"      {json.dumps(row, ensure_ascii=False)}" for row in section["rows"])
        sections.append(f'    {{"title": {json.dumps(section["title"])}, "rows": [\n{lines}\n    ]}}')
    body = ",\n".join(sections)
    return f'{{\n  "visitors": {json.dumps(table["visitors"])},\n  "sections": [\n{body}\n  ]\n}}\n'


def rows_of(table: Table) -> list[str]:
    """Each row as one line, for comparing."""
    titles = [f"visitors: {table['visitors']}"]
    return titles + [f"{s['title']}: {json.dumps(row)}" for s in table["sections"] for row in s["rows"]]
