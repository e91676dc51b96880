"""The parts of a large holdout that wait to be counted after a merge."""

from django.contrib import admin

from bounty.admin.evidence import EvidenceAdmin, linked
from submissions.models import RescorePart


@admin.register(RescorePart)
class RescorePartAdmin(EvidenceAdmin):
    list_display = ("__str__", linked("merge"), linked("version"), "attempts", "lease_until")
    list_filter = ("merge__competition",)
    list_select_related = ("merge__after__competition", "version__competition")
    search_fields = ("merge__competition__slug", "merge__competition__title")
    hidden = ("counts",)
