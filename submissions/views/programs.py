"""Programs of one's own team: adding one, a token for it, ending it."""

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bounty.actions.keep_program import add_program, end_program, issue_program_token
from bounty.forms.team import ProgramForm
from bounty.models import Membership, Team, User
from bounty.policies import check_captain, own_team
from bounty.views.answers import answered, asked
from bounty.views.people import person
from bounty.views.shell import shell, visit


@login_required
@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Adds a program to the team."""
    own, form = own_team(request.user, visit(request, slug).competition), ProgramForm(request.POST)
    name = form.cleaned_data["name"] if form.is_valid() else ""
    done = "The program is added; make a token for it."
    return answered(request, lambda: add_program(own, name=name, by=person(request)), done=done, back=_back(slug))


@login_required
@never_cache
@require_POST
def token(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Makes a token for a program, and shows it this once."""
    found, program = visit(request, slug), _own(request, slug, pk)
    _, shown_once = issue_program_token(program, by=person(request), name=program.username)
    shown = {"program": program, "shown_once": shown_once}
    return render(request, "submissions/program_token.html", shell(found, "team", **shown))


@login_required
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Says what ending a program means; by POST, does."""
    program = _own(request, slug, pk)
    if request.method == "POST":
        done = f"{program.username} has ended."
        return answered(request, lambda: end_program(program, by=person(request)), done=done, back=_back(slug))
    consequences = ["Its tokens open nothing any more.", "What it sent stays the team's. It does not come back."]
    return asked(
        request, f"End {program.username}?", verb="End it", consequences=consequences, back=_back(slug), risky=True
    )


def programs_of(team: Team) -> QuerySet[Membership]:
    """With their tokens."""
    return team.programs().prefetch_related("user__api_tokens")


def _own(request: HttpRequest, slug: str, pk: int) -> User:
    own = own_team(request.user, visit(request, slug).competition)
    check_captain(request.user, own)
    return get_object_or_404(own.programs(), user=pk).user


def _back(slug: str) -> str:
    return reverse("team", args=[slug])
