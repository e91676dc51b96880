"""Certificates."""

from django.contrib import admin

from bounty.admin.evidence import EvidenceAdmin, Related, linked
from submissions.models import Certificate


@admin.register(Certificate)
class CertificateAdmin(EvidenceAdmin):
    list_display = ("__str__", linked("candidate"), linked("version"), "issued_at")
    list_filter = ("version__competition",)
    list_select_related = ("candidate__round__competition", "version__competition")
    search_fields = ("digest", "=candidate__submission__pk", "candidate__submission__title")
    date_hierarchy = "issued_at"
    found_by = ("candidate__submission__id__exact",)
    related = (Related("merge", "submissions_merge", "certificate__id__exact"),)
