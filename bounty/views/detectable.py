"""The calculator of detectable effects: by a form that needs no script, and for one competition as it stands."""

from math import isfinite
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bounty.forms.detectable import DetectableForm
from bounty.models import Competition
from scoring.detectable import detectable_gain
from scoring.rounds import Ledger
from scoring.theorem import smallest_epsilon

SHARES: Final = (0.01, 0.02, 0.05, 0.10, 0.20, 0.50)
ROWS: Final = (10_000, 50_000, 200_000, 1_000_000, 10_000_000)
SUBMISSIONS: Final = (100, 1_000, 10_000)


@require_safe
def detectable(request: HttpRequest) -> HttpResponse:
    """The form, and what comes of it; without a question, of its first values."""
    form = DetectableForm(request.GET or {name: field.initial for name, field in DetectableForm.base_fields.items()})
    context: dict[str, Any] = {"area": "docs", "form": form}
    if form.is_valid():
        context |= _answer(form.cleaned_data)
    return render(request, "docs/detectable.html", context, status=200 if form.is_valid() else 422)


def gains_of(competition: Competition) -> list[dict[str, Any]]:
    """What the competition's next sealed test can detect, by the group's share of everyone."""
    sealed = competition.splits.filter(name="sealed").first()
    if sealed is None:
        return []
    return _gains(sealed.rows, _level(competition), model_error=0.30)


def _level(competition: Competition) -> float:
    if competition.opening == Competition.Opening.CLOSE:
        return competition.delta / competition.round_cap  # Holm's strictest, were the opening full
    return Ledger(competition.delta, competition.sealed_tests, competition.ledger_spent).level()


def _answer(given: dict[str, Any]) -> dict[str, Any]:
    level = Ledger(given["delta_percent"] / 100, given["test"] - 1, given["spent"]).level()
    rows, error = given["sealed_rows"], given["error_percent"] / 100
    delta, submissions = given["delta_percent"] / 100, given["submissions"]
    return {
        "asked": _gain(rows, given["group_percent"] / 100, level, model_error=error),
        "gains": _gains(rows, level, model_error=error),
        "level": level,
        "epsilon": _finite(smallest_epsilon(rows, submissions, delta)),
        "submission_counts": SUBMISSIONS,
        "epsilons": [
            {"rows": n, "epsilons": [_finite(smallest_epsilon(n, count, delta)) for count in SUBMISSIONS]} for n in ROWS
        ],
    }


def _gains(rows: int, level: float, *, model_error: float) -> list[dict[str, Any]]:
    return [_gain(rows, share, level, model_error=model_error) for share in SHARES]


def _gain(rows: int, share: float, level: float, *, model_error: float) -> dict[str, Any]:
    found = detectable_gain(rows, share, level=level, model_error=model_error)
    return {"share": share, "rows": round(found.group_rows), "gain": _finite(found.gain)}


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
