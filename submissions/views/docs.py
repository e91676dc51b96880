"""The user's documentation: how a competition works, and what every code means."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from submissions.intake.request import MAX_SOURCE_BYTES
from submissions.sentences import MEANINGS


@require_safe
def how_it_works(request: HttpRequest) -> HttpResponse:
    return render(request, "docs/how_it_works.html", {"area": "docs", "max_source_kib": MAX_SOURCE_BYTES // 1024})


@require_safe
def api(request: HttpRequest) -> HttpResponse:
    """The REST API: tokens, the one request that submits, errors, every address."""
    return render(request, "docs/api.html", {"area": "docs"})


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """Every stable code; verdicts' sentences are those that verdicts carry."""
    return render(request, "docs/errors.html", {"area": "docs", "meanings": sorted(MEANINGS.items())})


@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    """What the numbers mean and may be relied on for, to an organiser and to an entrant."""
    return render(request, "docs/statistics.html", {"area": "docs"})
