"""Submissions with their verdicts; what a platform fault stopped can be judged again."""

from django.contrib import admin
from django.urls import reverse

from bounty.admin.confirmed import confirmed
from bounty.admin.evidence import EvidenceAdmin, EvidenceInline, Related, linked
from bounty.admin.filters import filter_by
from submissions.actions.rejudge import rejudge
from submissions.attention import SUBMISSIONS
from submissions.models import Submission, Verdict


class VerdictInline(EvidenceInline):
    model = Verdict
    fields = readonly_fields = ("attempt", "version", "outcome", "code", "owner", "score", "passes_gate", "judged_at")


@admin.register(Submission)
class SubmissionAdmin(EvidenceAdmin):
    list_display = (
        *("id", "title", "status", linked("team"), linked("competition")),
        *("group_text", "attempts", "sent_at"),
    )
    list_display_links = ("id", "title")
    list_filter = (
        filter_by("attention", "attention", SUBMISSIONS),
        "status",
        "group_kind",
        "patch_kind",
        "competition",
    )
    list_select_related = ("team", "competition")
    search_fields = ("=id", "title", "group_text", "note", "team__name", "sent_by__username", "=pair_digest")
    date_hierarchy = "sent_at"
    inlines = (VerdictInline,)
    related = (
        Related("verdicts", "submissions_verdict", "submission__id__exact"),
        Related("candidate", "submissions_candidate", "submission__id__exact"),
        Related("certificate", "submissions_certificate", "candidate__submission__id__exact"),
        Related("merge", "submissions_merge", "submission__id__exact"),
        Related("duplicates", "submissions_submission", "duplicate_of__id__exact"),
        Related("audit record", "bounty_auditevent", "subject__exact", "submission:{}"),
    )
    actions = (
        confirmed(
            rejudge,
            verb="Judge again what a platform fault stopped",
            effect=lambda row: "it is queued with fresh attempts; what was refunded counts again.",
            done="queued again.",
        ),
    )

    def view_on_site(self, obj: Submission) -> str:
        return reverse("submission", args=[obj.pk])
