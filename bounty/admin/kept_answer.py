"""Answers kept for requests that come again with their Idempotency-Key; what they say is their sender's own."""

from django.contrib import admin

from bounty.admin.evidence import EvidenceAdmin, linked
from bounty.models import KeptAnswer


@admin.register(KeptAnswer)
class KeptAnswerAdmin(EvidenceAdmin):
    list_display = ("__str__", linked("user"), "status", "at")
    list_select_related = ("user",)
    search_fields = ("user__username", "key")
    date_hierarchy = "at"
    hidden = ("body",)
