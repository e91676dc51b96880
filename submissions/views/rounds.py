"""The rounds: what was put to the sealed split, and what each test spent."""

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bounty.models import Competition
from bounty.views.shell import shell, visit
from scoring.rounds import Ledger
from submissions.models import Candidate, Round, Submission
from submissions.states import Status


@require_safe
def rounds(request: HttpRequest, slug: str) -> HttpResponse:
    found = visit(request, slug)
    related = ("submission__team", "version", "certificate__merge__after")
    candidates = Prefetch("candidates", queryset=Candidate.objects.select_related(*related).order_by("position"))
    opened = Round.objects.filter(competition=found.competition).prefetch_related(candidates)
    content = {
        "rounds": opened,
        "ledger": _ledger(found.competition),
        "round_times": found.competition.round_times.filter(done_at=None).values_list("at", flat=True)[:3],
        "named": _named_to(request, found.competition),
    }
    return render(request, "submissions/rounds.html", shell(found, "rounds", **content))


def _ledger(competition: Competition) -> Ledger:
    return Ledger(delta=competition.delta, tests=competition.sealed_tests, spent=competition.ledger_spent)


def _named_to(request: HttpRequest, competition: Competition) -> set[int]:
    """The submissions whose group this visitor may read: merged ones, and those that are theirs to see."""
    merged = Submission.objects.filter(competition=competition, merge__isnull=False)
    visible = Submission.objects.visible_to(request.user).filter(competition=competition)
    in_rounds = visible.exclude(status__in=[Status.QUEUED, Status.JUDGING])
    return {*merged.values_list("pk", flat=True), *in_rounds.values_list("pk", flat=True)}
