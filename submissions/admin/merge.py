"""Merges and their repairs; re-scoring that was given up is tried again, and a patch is taken out of the model."""

from django.contrib import admin
from django.urls import reverse

from bounty.admin.confirmed import confirmed
from bounty.admin.evidence import EvidenceAdmin, Related, linked
from bounty.admin.filters import filter_by
from submissions.actions.try_again import try_again
from submissions.actions.withdraw_merged import merged_after, withdraw_merged
from submissions.admin.competition import tried_again
from submissions.attention import MERGES
from submissions.consequences import of_a_withdrawal
from submissions.models import Merge


@admin.register(Merge)
class MergeAdmin(EvidenceAdmin):
    list_display = (
        *("__str__", linked("submission"), linked("before"), linked("after"), "repairs_made"),
        *("merged_at", "rescored_at", "given_up_at"),
    )
    list_filter = (filter_by("re-scoring", "attention", MERGES), "competition")
    list_select_related = ("competition", "submission", "before__competition", "after__competition")
    search_fields = ("=submission__pk", "submission__title", "submission__team__name", "competition__slug")
    date_hierarchy = "merged_at"
    related = (Related("audit record", "bounty_auditevent", "subject__exact", "merge:{}"),)
    actions = (
        confirmed(
            try_again,
            verb="Try again what their competitions gave up",
            effect=tried_again,
            done="a worker is sent for.",
            of=lambda row: row.competition,
        ),
        confirmed(
            withdraw_merged,
            verb="Take their patches out of the model",
            effect=lambda row: " ".join(of_a_withdrawal(row, merged_after(row))),
            done="it is out of the model.",
            of=lambda row: row.submission,
            risky=True,
            for_a_reason=True,
        ),
    )

    @admin.display(description="repairs")
    def repairs_made(self, merge: Merge) -> int:
        return len(merge.repairs)

    def view_on_site(self, obj: Merge) -> str:
        return reverse("competition-version", args=[obj.competition.slug, obj.after.number])
