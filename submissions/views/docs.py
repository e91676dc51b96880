"""The user's documentation: how a competition works, and what every code means."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from submissions.intake.request import MAX_SOURCE_BYTES
from submissions.sentences import MEANINGS
from submissions.views import rights


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
def permissions(request: HttpRequest) -> HttpResponse:
    """What every page and endpoint answers each kind of visitor."""
    context = {"area": "docs", "visitors": rights.visitors(), "sections": rights.sections()}
    return render(request, "docs/permissions.html", context)
