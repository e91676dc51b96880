"""The data dictionary and the splits."""

from django.contrib import admin

from bounty.admin.evidence import EvidenceAdmin, linked
from bounty.models import DataColumn, DataSplit


@admin.register(DataSplit)
class DataSplitAdmin(EvidenceAdmin):
    list_display = ("__str__", linked("competition"), "name", "rows", "units", "size_bytes", "sha256")
    list_filter = ("name", "competition")
    list_select_related = ("competition",)
    search_fields = ("competition__slug", "sha256")


@admin.register(DataColumn)
class DataColumnAdmin(EvidenceAdmin):
    list_display = ("name", linked("competition"), "role", "kind", "demographic", "missing_share")
    list_filter = ("role", "kind", "demographic", "competition")
    list_select_related = ("competition",)
    search_fields = ("name", "description", "competition__slug")
