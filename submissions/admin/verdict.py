"""Verdicts: what judging found, attempt by attempt and version by version."""

from django.contrib import admin

from bounty.admin.evidence import EvidenceAdmin, linked
from submissions.models import Verdict


@admin.register(Verdict)
class VerdictAdmin(EvidenceAdmin):
    list_display = (
        *("__str__", linked("submission"), "attempt", linked("version"), "outcome", "owner"),
        *("score", "passes_gate", "judged_at"),
    )
    list_filter = ("outcome", "code", "owner", "passes_gate", "submission__competition")
    list_select_related = ("submission", "version__competition")
    search_fields = ("=submission__pk", "submission__title", "submission__team__name", "code")
    date_hierarchy = "judged_at"
