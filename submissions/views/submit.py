"""Submit a group and a patch, or look first at what the group picks on public rows."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from bounty.errors import BountyError, Invalid, LimitReached, Refused
from bounty.policies import can_submit
from bounty.views.people import person
from bounty.views.shell import Visit, shell, visit
from submissions.actions.submit import submit as submit_it
from submissions.forms import GroupKind, SubmitForm
from submissions.quota import quota
from submissions.views.columns import feature_columns
from submissions.views.preview import pointed, previewed
from submissions.views.starters import example_predicate, group_sources, patch_source


@login_required
@require_http_methods(["GET", "POST"])
def submit(request: HttpRequest, slug: str) -> HttpResponse:
    found = visit(request, slug)
    if not found.takes_part or not found.competition.is_open:
        status = 200 if request.method == "GET" else Refused.status
        return render(request, "submissions/may_not_submit.html", shell(found, "submit"), status=status)
    if request.method == "GET":
        return _page(request, found, SubmitForm(found.competition, initial=_beginning(request, found)))
    form = SubmitForm(found.competition, request.POST, request.FILES)
    if "preview" in request.POST:
        return _page(request, found, form, **_looked_at(found, form))
    if not form.is_valid():
        return _page(request, found, form, status=422)
    return _send(request, found, form)


def _send(request: HttpRequest, found: Visit, form: SubmitForm) -> HttpResponse:
    """Hand the request over; a refusal comes back as the same form, with the fault beside its field."""
    team = can_submit(request.user, found.competition)
    key = form.cleaned_data["idempotency_key"] or None
    try:
        submission = submit_it(team, sent_by=person(request), request=form.asked(), idempotency_key=key)
    except (Invalid, LimitReached, Refused) as error:
        form.add_error(error.field if error.field in form.fields else None, f"{error.sentence} ({error.code})")
        if error.code == "IDEMPOTENCY_MISMATCH":  # the page was left and come back to: sending it again is meant now
            form.renew_key()
        return _page(request, found, form, status=error.status, **_pointed(form, error))
    messages.success(request, f"Submission {submission.pk} is received.")
    return redirect("submission", pk=submission.pk)


def _pointed(form: SubmitForm, error: BountyError) -> dict[str, Any]:
    if not isinstance(error, Invalid) or error.field != "predicate":
        return {}
    return {"pointed": pointed(form.data.get("predicate", ""), error)}


def _looked_at(found: Visit, form: SubmitForm) -> dict[str, Any]:
    """The preview of the predicate in the form; nothing is sent."""
    if form.data.get("group_kind") != GroupKind.PREDICATE:
        return {"no_preview": True}
    return previewed(found.competition, form.data.get("predicate", ""))


def _beginning(request: HttpRequest, found: Visit) -> dict[str, str]:
    return {
        "predicate": request.GET.get("predicate", ""),
        "group_source": group_sources(found.competition)[0],
        "patch_source": patch_source(found.competition),
    }


def _page(request: HttpRequest, found: Visit, form: SubmitForm, *, status: int = 200, **more: Any) -> HttpResponse:
    content = {
        "form": form,
        "quota": quota(found.team) if found.team else None,
        "columns": feature_columns(found.competition),
        "example": example_predicate(found.competition),
        "row_source": group_sources(found.competition)[1],
        **more,
    }
    return render(request, "submissions/submit.html", shell(found, "submit", **content), status=status)
