"""What a predicate picks on public rows: no account, no quota, nothing hidden."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bounty.errors import Invalid
from bounty.figures.dumbbell import Rate, axis, dumbbell
from bounty.models import Competition
from bounty.views.shell import shell, visit
from submissions.actions.preview_group import Preview, preview_group
from submissions.views.columns import feature_columns
from submissions.views.starters import example_predicate


@require_safe
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    found = visit(request, slug)
    text = request.GET.get("predicate", "")
    content = {
        "predicate": text,
        "example": example_predicate(found.competition),
        "columns": feature_columns(found.competition),
        **(previewed(found.competition, text) if text.strip() else {}),
    }
    status = 422 if "fault" in content else 200
    return render(request, "submissions/preview.html", shell(found, "preview", **content), status=status)


def previewed(competition: Competition, text: str) -> dict[str, Any]:
    """The preview with its figure, or the fault and where in the text it is."""
    try:
        found = preview_group(competition, text)
    except Invalid as error:
        return {"fault": error, "pointed": pointed(text, error)}
    return {"preview": found, "gap": _gap(found)}


def _gap(found: Preview) -> Any:
    group, rest = Rate.stored(found.loss), Rate.stored(found.rest_loss)
    return dumbbell(axis([group, rest]), group, rest)


def pointed(text: str, error: Invalid) -> dict[str, Any] | None:
    """The text before, at and after the place that an error points to."""
    at = error.detail.get("position")
    if not isinstance(at, int):
        return None
    end = at + 1
    while end < len(text) and text[at].isalnum() and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return {"before": text[:at], "here": text[at:end] or "…", "after": text[end:], "number": at + 1}
