"""Versions of the hosted models."""

from django.contrib import admin
from django.urls import reverse

from bounty.admin.evidence import EvidenceAdmin, Related, linked
from bounty.models import HostedModelVersion


@admin.register(HostedModelVersion)
class HostedModelVersionAdmin(EvidenceAdmin):
    list_display = ("__str__", linked("competition"), "number", "length", "published_at")
    list_filter = ("competition",)
    list_select_related = ("competition",)
    search_fields = ("competition__slug", "hidden_answers", "public_answers")
    date_hierarchy = "published_at"
    related = (
        Related("verdicts against it", "submissions_verdict", "version__id__exact"),
        Related("certificates against it", "submissions_certificate", "version__id__exact"),
        Related("merge that made it", "submissions_merge", "after__id__exact"),
    )

    def view_on_site(self, obj: HostedModelVersion) -> str:
        return reverse("competition-version", args=[obj.competition.slug, obj.number])

    @admin.display(description="nodes")
    def length(self, version: HostedModelVersion) -> int:
        return len(version.nodes)
