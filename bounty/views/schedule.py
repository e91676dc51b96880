"""When rounds open by themselves, and when the competition ends."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from bounty.actions.schedule_round import schedule_round, unschedule_round
from bounty.errors import Refused
from bounty.forms.team import RoundTimeForm
from bounty.policies import check_organises
from bounty.views.answers import answered
from bounty.views.people import person
from bounty.views.shell import Visit, shell, visit


@login_required
@require_http_methods(["GET", "POST"])
def schedule(request: HttpRequest, slug: str) -> HttpResponse:
    """The times; by POST another one."""
    found = visit(request, slug)
    check_organises(request.user, found.competition)
    if request.method == "GET":
        return _page(request, found, RoundTimeForm())
    form = RoundTimeForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        schedule_round(found.competition, at=form.moment(), by=person(request))
    except Refused as error:
        form.add_error(error.field if error.field in form.fields else None, f"{error.sentence} ({error.code})")
        return _page(request, found, form, status=error.status)
    messages.success(request, "The round is set.")
    return redirect("schedule", slug=slug)


@login_required
@require_POST
def remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Takes a time off."""
    found = visit(request, slug)
    check_organises(request.user, found.competition)
    moment = get_object_or_404(found.competition.round_times.select_related("competition"), pk=pk)
    back = reverse("schedule", args=[slug])
    return answered(
        request, lambda: unschedule_round(moment, by=person(request)), done="No round opens then.", back=back
    )


def _page(request: HttpRequest, found: Visit, form: RoundTimeForm, *, status: int = 200) -> HttpResponse:
    content: dict[str, Any] = {"form": form, "round_times": found.competition.round_times.all()}
    return render(request, "bounty/schedule.html", shell(found, "schedule", **content), status=status)
