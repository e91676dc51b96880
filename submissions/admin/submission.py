"""Submissions with their verdicts; what a platform fault stopped can be judged again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from bounty.admin.evidence import EvidenceAdmin, EvidenceInline
from bounty.errors import BountyError
from bounty.models import User
from submissions.actions.rejudge import rejudge
from submissions.models import Submission, Verdict


class WaitingFilter(admin.SimpleListFilter):
    """Those that no worker can take yet, and say why."""

    title = "waiting for the sandbox"
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Submission]") -> "QuerySet[Submission]":
        waiting = Q(pk__in=Submission.objects.waiting().values("pk"))
        return queryset if self.value() is None else queryset.filter(waiting if self.value() == "yes" else ~waiting)


class VerdictInline(EvidenceInline):
    model = Verdict
    fields = readonly_fields = ("attempt", "version", "outcome", "code", "owner", "score", "passes_gate", "judged_at")


@admin.register(Submission)
class SubmissionAdmin(EvidenceAdmin):
    list_display = ("id", "title", "group_text", "patch_kind", "team", "competition", "status", "attempts", "sent_at")
    list_display_links = ("id", "title")
    list_filter = ("status", WaitingFilter, "group_kind", "patch_kind", "competition")
    list_select_related = ("team", "competition")
    search_fields = ("=id", "title", "group_text", "note", "team__name", "sent_by__username", "pair_digest")
    date_hierarchy = "sent_at"
    inlines = (VerdictInline,)
    actions = ("judge_again",)

    def view_on_site(self, obj: Submission) -> str:
        return reverse("submission", args=[obj.pk])

    @admin.action(description="Judge again what a platform fault stopped")
    def judge_again(self, request: HttpRequest, chosen: "QuerySet[Submission]") -> None:
        assert isinstance(request.user, User)  # the admin site lets nobody else in
        for submission in chosen:
            try:
                rejudge(submission, by=request.user)
            except BountyError as error:
                self.message_user(request, f"{submission}: {error.sentence}", messages.ERROR)
            else:
                self.message_user(request, f"{submission} is queued again.", messages.SUCCESS)
