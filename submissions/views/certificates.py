"""One certificate, for whoever may see its competition: what it says, and how to check it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from bounty.views.shell import shell, visit
from submissions.consequences import what_took_out
from submissions.models import Certificate
from submissions.states import TAKEN_OUT
from submissions.views.words import group_in_words, patch_in_words

_RELATED = ("candidate__submission__team", "candidate__round", "version__competition", "merge__after")


@require_safe
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    visible = Certificate.objects.visible_to(request.user).select_related(*_RELATED)
    found = get_object_or_404(visible, pk=pk)
    submission = found.candidate.submission
    content = {
        "certificate": found,
        "candidate": found.candidate,
        "group_words": group_in_words(submission),
        "patch_words": patch_in_words(submission),
        "taken_out": what_took_out(submission) if submission.status in TAKEN_OUT else None,
        "site": request.build_absolute_uri("/").rstrip("/"),
    }
    found_at = visit(request, found.version.competition.slug)
    return render(request, "submissions/certificate.html", shell(found_at, "rounds", **content))
