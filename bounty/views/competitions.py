"""The landing page: which models are open to be audited."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bounty.figures.step_line import Measure
from bounty.models import Competition
from bounty.views.shell import measures


@dataclass(frozen=True)
class Card:
    """A competition as the landing page shows it."""

    competition: Competition
    errors: list[Measure]

    @property
    def first(self) -> Measure | None:
        return self.errors[0] if self.errors else None

    @property
    def is_repaired(self) -> bool:
        return len(self.errors) > 1

    @property
    def last(self) -> Measure | None:
        return self.errors[-1] if self.errors else None


@require_safe
def competitions(request: HttpRequest) -> HttpResponse:
    visible = Competition.objects.visible_to(request.user)
    teams = Count("teams", distinct=True, filter=Q(teams__merged_into=None))
    counted = visible.annotate(team_count=teams).prefetch_related("versions")
    cards = [Card(competition, measures(list(competition.versions.all()), "loss")) for competition in counted]
    return render(request, "bounty/competitions.html", _context(cards))


def _context(cards: list[Card]) -> dict[str, Any]:
    """Open ones first; the one that was repaired most often is the example at the top."""
    running = [card for card in cards if card.competition.state == Competition.State.OPEN]
    return {
        "area": "competitions",
        "running": running,
        "others": [card for card in cards if card not in running],
        "example": max(running, key=lambda card: len(card.errors), default=None),
    }
