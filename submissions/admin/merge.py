"""Merges and their repairs."""

from django.contrib import admin

from bounty.admin.evidence import EvidenceAdmin
from submissions.models import Merge


@admin.register(Merge)
class MergeAdmin(EvidenceAdmin):
    list_display = ("__str__", "submission", "before", "after", "repairs_made", "merged_at", "rescored_at")
    list_filter = ("competition",)
    list_select_related = ("competition", "submission", "before__competition", "after__competition")
    search_fields = ("=submission__pk", "submission__title", "submission__team__name", "competition__slug")
    date_hierarchy = "merged_at"

    @admin.display(description="repairs")
    def repairs_made(self, merge: Merge) -> int:
        return len(merge.repairs)
