"""The work of closing."""

from django.contrib import admin

from bounty.admin.confirmed import confirmed
from bounty.admin.evidence import EvidenceAdmin, Related, linked
from bounty.admin.filters import filter_by
from submissions.actions.try_again import try_again
from submissions.admin.competition import tried_again
from submissions.attention import SETTLEMENTS
from submissions.models import Settlement


@admin.register(Settlement)
class SettlementAdmin(EvidenceAdmin):
    list_display = (
        "__str__",
        linked("competition"),
        "asked_at",
        "finished_at",
        "given_up_at",
        "attempts",
        "lease_until",
    )
    list_filter = (filter_by("work", "attention", SETTLEMENTS), "competition")
    list_select_related = ("competition",)
    search_fields = ("competition__slug", "competition__title")
    date_hierarchy = "asked_at"
    related = (Related("audit record", "bounty_auditevent", "subject__exact", "settlement:{}"),)
    actions = (
        confirmed(
            try_again,
            verb="Try again what their competitions gave up",
            effect=tried_again,
            done="a worker is sent for.",
            of=lambda row: row.competition,
        ),
    )
