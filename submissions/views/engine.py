"""How fast the engine is and how it grows, as it was last measured."""

import json
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bounty.figures.growth import Growth, growth

FULL: Final = "every group again"
UPDATE: Final = "after a merge, by the second copy"
READ: Final = "reading the masks once"
TITLES: Final = {"rows": "1,000 groups, more and more rows", "groups": "200,000 rows, more and more groups"}


@require_safe
def engine(request: HttpRequest) -> HttpResponse:
    """Re-scoring every stored group, as rows and as groups grow."""
    measured = _measured("growth")
    sections = [
        {"title": title, "points": measured[by], "figure": _figure(by, measured[by])} for by, title in TITLES.items()
    ]
    context = {
        "area": "docs",
        "sections": sections,
        "speed": _measured("bench"),
        "part_rows": settings.RESCORE_PART_ROWS,
    }
    return render(request, "docs/engine.html", context)


def _figure(by: str, points: list[dict[str, float]]) -> Growth | None:
    lines = {name: [point[key] for point in points] for name, key in ((FULL, "full_s"), (UPDATE, "update_s"))}
    return growth([point[by] for point in points], lines | {READ: [point["read_s"] for point in points]})


@cache
def _measured(what: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((settings.BASE_DIR / "templates" / "docs" / f"{what}.json").read_text())
    return found
