"""Teams and who is in them."""

from django.contrib import admin

from bounty.admin.evidence import EvidenceAdmin, EvidenceInline
from bounty.models import Membership, Team


class MembershipInline(EvidenceInline):
    model = Membership
    fields = readonly_fields = ("user", "role", "joined_at")


@admin.register(Team)
class TeamAdmin(EvidenceAdmin):
    list_display = ("name", "competition", "created_at")
    list_filter = ("competition",)
    list_select_related = ("competition",)
    search_fields = ("name", "memberships__user__username", "competition__slug")
    inlines = (MembershipInline,)


@admin.register(Membership)
class MembershipAdmin(EvidenceAdmin):
    list_display = ("user", "team", "competition", "role", "joined_at")
    list_filter = ("role", "competition")
    list_select_related = ("user", "team", "competition")
    search_fields = ("user__username", "team__name", "competition__slug")
