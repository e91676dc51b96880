"""Revealing the salt of the commitment to the hidden splits."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bounty.actions.reveal_salt import reveal_salt as reveal_it
from bounty.policies import check_organises
from bounty.views.answers import answered, asked
from bounty.views.people import person
from bounty.views.shell import visit


@login_required
@require_http_methods(["GET", "POST"])
def reveal_salt(request: HttpRequest, slug: str) -> HttpResponse:
    """Says what revealing means; by POST, reveals."""
    competition = visit(request, slug).competition
    check_organises(request.user, competition)
    back = reverse("competition-data", args=[slug])
    if request.method == "POST":
        done = "The salt is revealed; it stands beside the commitment."
        return answered(request, lambda: reveal_it(competition, by=person(request)), done=done, back=back)
    consequences = [
        "Whoever holds the hidden rows can check that they are those the competition opened with.",
        "Whoever holds all but a few of them can test guesses of these: not where rows are sensitive.",
        "It cannot be taken back.",
    ]
    question, about = "Reveal the salt?", competition.title
    return asked(request, question, about=about, verb="Reveal it", consequences=consequences, back=back, risky=True)
