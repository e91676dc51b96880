"""Accounts."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from bounty.admin.evidence import EvidenceInline
from bounty.models import ApiToken, Membership, User


class TeamInline(EvidenceInline):
    model = Membership
    verbose_name_plural = "teams"
    fields = readonly_fields = ("competition", "team", "role", "joined_at")


class TokenInline(EvidenceInline):
    model = ApiToken
    fields = readonly_fields = ("name", "hint", "scopes", "expires_at", "last_used_at", "revoked_at")


@admin.register(User)
class AccountAdmin(UserAdmin):  # type: ignore[type-arg]  # not generic at run time
    list_display = ("username", "email", "is_active", "is_staff", "date_joined", "last_login")
    inlines = (TeamInline, TokenInline)
