"""Who sees a private competition: its organiser invites, and takes back."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bounty.actions.end_admission import end_admission
from bounty.actions.invite import invite_to_competition
from bounty.actions.revoke_invitation import revoke_invitation
from bounty.forms.team import AdmitForm
from bounty.policies import check_organises
from bounty.views.answers import answered, asked
from bounty.views.invitations import invited
from bounty.views.people import person
from bounty.views.shell import Visit, shell, visit


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def admissions(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is let in and who is invited; by POST another invitation, whose link this answer alone shows."""
    found = _organised(request, slug)
    if request.method == "GET":
        return _page(request, found)
    form = AdmitForm(request.POST)
    if not form.is_valid():
        return _page(request, found, invite=form, status=422)
    competition = found.competition
    made = invited(request, form, lambda **given: invite_to_competition(competition, by=person(request), **given))
    return _page(request, found, **made)


@login_required
@require_POST
def revoke(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Takes an invitation back."""
    found = _organised(request, slug)
    invitation = get_object_or_404(found.competition.invitations.filter(team=None), pk=pk)
    done = "The invitation opens nothing any more."
    return answered(request, lambda: revoke_invitation(invitation, by=person(request)), done=done, back=_back(slug))


@login_required
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Says what shutting someone out means; by POST, does."""
    found = _organised(request, slug)
    inside = found.competition.admissions.filter(ended_at=None).select_related("user", "competition")
    admission = get_object_or_404(inside, pk=pk)
    name, back = admission.user.username, _back(slug)
    if request.method == "POST":
        done = f"{name} does not see the competition any more."
        return answered(request, lambda: end_admission(admission, by=person(request)), done=done, back=back)
    consequences = [f"{name} finds nothing here and sends nothing any more.", "What their team has sent stays."]
    return asked(request, f"Shut {name} out?", verb="Shut out", consequences=consequences, back=back, risky=True)


def _organised(request: HttpRequest, slug: str) -> Visit:
    found = visit(request, slug)
    check_organises(request.user, found.competition)
    return found


def _back(slug: str) -> str:
    return reverse("admissions", args=[slug])


def _page(request: HttpRequest, found: Visit, *, status: int = 200, **more: Any) -> HttpResponse:
    content = {
        "admissions": found.competition.admissions.filter(ended_at=None).select_related("user"),
        "invitations": found.competition.invitations.usable().filter(team=None),
        "invite": AdmitForm(),
        **more,
    }
    return render(request, "bounty/admissions.html", shell(found, "admissions", **content), status=status)
