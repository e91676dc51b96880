"""The organiser's acts that touch submissions: opening a round, closing the competition."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bounty.models import Competition
from bounty.policies import check_organises
from bounty.views.answers import answered, asked
from bounty.views.people import person
from bounty.views.shell import Visit, visit
from submissions.actions.close_competition import close_competition
from submissions.actions.open_round import candidates
from submissions.actions.open_round import open_round as open_it
from submissions.actions.try_again import given_up
from submissions.actions.try_again import try_again as try_it_again
from submissions.states import WAITING


@login_required
@require_http_methods(["GET", "POST"])
def open_round(request: HttpRequest, slug: str) -> HttpResponse:
    """Says what a round would test; by POST, opens it."""
    found = _organised(request, slug)
    if request.method == "POST":
        opened = open_it(found.competition, by=person(request))
        messages.success(request, f"Round {opened.number} is open; a worker tests its candidates in order.")
        return redirect("competition-rounds", slug=slug)
    waiting = len(candidates(found.competition))
    consequences = [
        f"{waiting} candidate{'' if waiting == 1 else 's'} would be tested on the sealed split, the best first.",
        "Each test spends from the ledger, whether it passes or not; what is spent stays spent.",
        "What passes is certified and merged at once, with the repairs it needs.",
    ]
    return _asked(request, found, "Open a round?", "Open the round", consequences)


@login_required
@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, slug: str) -> HttpResponse:
    """Says what closing means; by POST, closes."""
    found = _organised(request, slug)
    if request.method == "POST":
        close_competition(found.competition, by=person(request))
        messages.success(request, "The competition is closing; a worker computes the sealed numbers.")
        return redirect("competition", slug=slug)
    consequences = [
        "No submission is taken and no round opens from now on.",
        *_opening(found.competition),
        "The sealed numbers, certificates' bounds and rewards are computed and shown to everyone.",
        "It cannot be opened again.",
    ]
    return _asked(request, found, "Close the competition for good?", "Close it", consequences, risky=True)


@login_required
@require_http_methods(["GET", "POST"])
def try_again(request: HttpRequest, slug: str) -> HttpResponse:
    """Says what was given up; by POST, has it tried again."""
    found = _organised(request, slug)
    back = reverse("competition", args=[slug])
    if request.method == "POST":
        done = "A worker is sent for."
        return answered(request, lambda: try_it_again(found.competition, by=person(request)), done=done, back=back)
    stopped = [f"The {work} is tried again." for work in given_up(found.competition)]
    consequences = stopped or ["Nothing was given up; nothing will happen."]
    return _asked(request, found, "Try again what workers gave up?", "Try again", consequences)


def _opening(competition: Competition) -> list[str]:
    """What the one opening at the close would test, where the rules say so."""
    if competition.opening != Competition.Opening.CLOSE:
        return []
    waiting, count = competition.submissions.filter(status__in=WAITING).count(), len(candidates(competition))
    opened = f"The sealed split is opened once: {count} candidate{'' if count == 1 else 's'}, judged together."
    late = f"{waiting} submission{' is' if waiting == 1 else 's are'} still being judged and would come too late."
    return [opened, late] if waiting else [opened]


def _organised(request: HttpRequest, slug: str) -> Visit:
    found = visit(request, slug)
    check_organises(request.user, found.competition)
    return found


def _asked(
    request: HttpRequest, found: Visit, question: str, verb: str, consequences: list[str], *, risky: bool = False
) -> HttpResponse:
    about, back = found.competition.title, reverse("competition", args=[found.competition.slug])
    return asked(request, question, about=about, verb=verb, consequences=consequences, back=back, risky=risky)
