"""The leaderboard."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bounty.views.shell import shell, visit
from submissions.board import standings


@require_safe
def board(request: HttpRequest, slug: str) -> HttpResponse:
    found = visit(request, slug)
    return render(request, "submissions/board.html", shell(found, "board", standings=standings(found.competition)))
