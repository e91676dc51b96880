"""Commitments to hidden splits, and the public keys that statements were signed with."""

from django.contrib import admin

from bounty.admin.evidence import EvidenceAdmin, linked
from bounty.models import SigningKey, SplitCommitment


@admin.register(SplitCommitment)
class SplitCommitmentAdmin(EvidenceAdmin):
    list_display = ("__str__", linked("competition"), "made_at", "revealed_at")
    list_filter = ("competition",)
    list_select_related = ("competition",)
    search_fields = ("value", "competition__slug")


@admin.register(SigningKey)
class SigningKeyAdmin(EvidenceAdmin):
    list_display = ("__str__", "first_used_at")
    search_fields = ("key_id",)
    date_hierarchy = "first_used_at"
