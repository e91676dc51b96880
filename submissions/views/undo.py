"""Rolling the model back, taking a merged patch out of it, and looking at merges before they are made."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bounty.errors import Invalid, Refused
from bounty.policies import check_organises
from bounty.views.people import person
from bounty.views.shell import shell, visit
from submissions import consequences
from submissions.actions.preview_merges import preview_merges
from submissions.actions.roll_back_version import roll_back_version
from submissions.actions.withdraw import withdraw
from submissions.actions.withdraw_merged import check_may_take_out, merged_after
from submissions.forms import ReversalForm
from submissions.models import Submission


@login_required
@require_safe
def merge_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """What merging each candidate of the next round would do, on the holdout."""
    found = visit(request, slug)
    previews = preview_merges(found.competition, by=person(request))
    return render(request, "submissions/merge_preview.html", shell(found, "rounds", previews=previews))


@login_required
@require_http_methods(["GET", "POST"])
def roll_back(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Says what letting this version answer again means; by POST, with its number typed and a reason, does it."""
    found = visit(request, slug)
    check_organises(request.user, found.competition)
    version = get_object_or_404(found.competition.versions, number=number)
    head = found.competition.versions.latest()
    changes = consequences.changes_of_a_roll_back(version, head)
    context = {
        "about": found.competition.title,
        "question": f"Roll the model back to version {number}?",
        "verb": "Roll back",
        "consequences": consequences.of_a_roll_back(version, head, changes),
        "changes": changes,
        "head": head,
        "target": version,
        "back": reverse("competition-version", args=[slug, number]),
        "to": reverse("competition-model", args=[slug]),
        "done": f"The model answers as version {number} did.",
    }
    return _asked(
        request,
        f"version {number}",
        lambda reason: roll_back_version(version, by=person(request), reason=reason),
        context,
    )


def take_out(request: HttpRequest, submission: Submission) -> HttpResponse:
    """The same of taking a merged patch out of the model: its team's, or the organiser's."""
    check_may_take_out(person(request), submission)
    back = reverse("submission", args=[submission.pk])
    context = {
        "about": submission.title,
        "question": f"Take submission {submission.pk} out of the model?",
        "verb": "Take it out",
        "consequences": consequences.of_a_withdrawal(submission, merged_after(submission)),
        "back": back,
        "to": back,
        "done": "The patch is out of the model.",
    }
    return _asked(
        request,
        f"submission {submission.pk}",
        lambda reason: withdraw(submission, by=person(request), reason=reason),
        context,
    )


def _asked(request: HttpRequest, expected: str, act: Callable[[str], object], context: dict[str, Any]) -> HttpResponse:
    """The page with its form; by POST, once ``expected`` is typed and a reason given, the act."""
    form = ReversalForm(expected, request.POST if request.method == "POST" else None)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data["reason"])
        except (Invalid, Refused) as error:
            form.add_error(None, f"{error.sentence} ({error.code})")
            status = error.status
        else:
            messages.success(request, context["done"])
            return redirect(context["to"])
    return render(request, "submissions/undo.html", {"area": "competitions", "form": form} | context, status=status)
