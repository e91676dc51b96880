"""Rounds and the candidates in them."""

from django.contrib import admin
from django.urls import reverse

from bounty.admin.evidence import EvidenceAdmin, EvidenceInline, Related, linked
from bounty.admin.filters import filter_by
from submissions.attention import ROUNDS
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
    list_display = (
        *("__str__", linked("competition"), "number", "state", linked("opened_by")),
        *("opened_at", "finished_at", "attempts"),
    )
    list_filter = (filter_by("attention", "attention", ROUNDS), "state", "competition")
    list_select_related = ("competition", "opened_by")
    search_fields = ("competition__slug", "opened_by__username")
    date_hierarchy = "opened_at"
    inlines = (CandidateInline,)
    related = (
        Related("candidates", "submissions_candidate", "round__id__exact"),
        Related("audit record", "bounty_auditevent", "subject__exact", "round:{}"),
    )

    def view_on_site(self, obj: Round) -> str:
        return reverse("competition-rounds", args=[obj.competition.slug])


@admin.register(Candidate)
class CandidateAdmin(EvidenceAdmin):
    list_display = (
        *("__str__", linked("round"), linked("submission"), "provisional_score"),
        *("t", "q", "level", "spent_after", "passed", "sent_back"),
    )
    list_filter = ("passed", "sent_back", "round__competition")
    list_select_related = ("round__competition", "submission")
    search_fields = ("=submission__pk", "submission__title", "submission__team__name")
    related = (Related("certificate", "submissions_certificate", "candidate__id__exact"),)
