"""The times at which rounds open by themselves."""

from typing import Any, Final

from django.contrib import admin
from django.db.models import Q
from django.urls import reverse

from bounty import clock
from bounty.actions.schedule_round import unschedule_round
from bounty.admin.confirmed import confirmed
from bounty.admin.evidence import EvidenceAdmin, linked
from bounty.admin.filters import Conditions, filter_by
from bounty.models import RoundTime

TIMES: Final[Conditions] = {
    "coming": ("to come", lambda: Q(done_at=None, at__gt=clock.now())),
    "waiting": ("passed, and waiting for the queue", lambda: Q(done_at=None, at__lte=clock.now())),
    "done": ("done", lambda: ~Q(done_at=None)),
}


@admin.register(RoundTime)
class RoundTimeAdmin(EvidenceAdmin):
    list_display = ("__str__", linked("competition"), "at", "done_at", "outcome")
    list_filter = (filter_by("state", "times", TIMES), "outcome", "competition")
    list_select_related = ("competition",)
    search_fields = ("competition__slug", "competition__title", "outcome")
    date_hierarchy = "at"
    actions = (
        confirmed(
            unschedule_round,
            verb="Take off the schedule",
            effect=lambda row: "no round opens by itself at this time.",
            done="taken off.",
        ),
    )

    def view_on_site(self, obj: Any) -> str:
        return reverse("schedule", args=[obj.competition.slug])
