"""Rounds and the candidates in them."""

from django.contrib import admin

from bounty.admin.evidence import EvidenceAdmin, EvidenceInline
from submissions.models import Candidate, Round


class CandidateInline(EvidenceInline):
    model = Candidate
    fields = readonly_fields = (
        "position",
        "submission",
        "provisional_score",
        "version",
        "t",
        "q",
        "level",
        "spent_after",
        "passed",
        "tested_at",
    )


@admin.register(Round)
class RoundAdmin(EvidenceAdmin):
    list_display = ("__str__", "competition", "number", "state", "opened_by", "opened_at", "finished_at", "attempts")
    list_filter = ("state", "competition")
    list_select_related = ("competition", "opened_by")
    search_fields = ("competition__slug", "opened_by__username")
    date_hierarchy = "opened_at"
    inlines = (CandidateInline,)


@admin.register(Candidate)
class CandidateAdmin(EvidenceAdmin):
    list_display = ("round", "position", "submission", "provisional_score", "t", "q", "level", "spent_after", "passed")
    list_filter = ("passed", "round__competition")
    list_select_related = ("round__competition", "submission")
    search_fields = ("=submission__pk", "submission__title", "submission__team__name")
