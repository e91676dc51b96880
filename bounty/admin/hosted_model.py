"""Versions of the hosted models."""

from django.contrib import admin

from bounty.admin.evidence import EvidenceAdmin
from bounty.models import HostedModelVersion


@admin.register(HostedModelVersion)
class HostedModelVersionAdmin(EvidenceAdmin):
    list_display = ("__str__", "competition", "number", "length", "published_at")
    list_filter = ("competition",)
    list_select_related = ("competition",)
    search_fields = ("competition__slug", "hidden_answers", "public_answers")
    date_hierarchy = "published_at"

    @admin.display(description="nodes")
    def length(self, version: HostedModelVersion) -> int:
        return len(version.nodes)
