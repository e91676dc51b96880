"""Uploaded sources and models, by their sha256."""

from django.contrib import admin

from bounty.admin.evidence import EvidenceAdmin, Related
from submissions.models import Artifact


@admin.register(Artifact)
class ArtifactAdmin(EvidenceAdmin):
    list_display = ("sha256", "size_bytes", "created_at")
    search_fields = ("sha256",)
    date_hierarchy = "created_at"
    related = (
        Related("groups of it", "submissions_submission", "group_source__sha256__exact"),
        Related("patches of it", "submissions_submission", "patch_source__sha256__exact"),
    )
