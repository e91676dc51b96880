"""API tokens: to see which are in use, and to end them."""

from typing import Final

from django.contrib import admin
from django.db.models import Q

from bounty import clock
from bounty.actions.revoke_token import revoke_token
from bounty.admin.confirmed import confirmed
from bounty.admin.evidence import EvidenceAdmin, Related, linked
from bounty.admin.filters import Conditions, filter_by
from bounty.models import ApiToken

OPENS: Final[Conditions] = {
    "live": ("live", lambda: Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=clock.now()))),
    "unused": ("live, never used", lambda: Q(revoked_at=None, last_used_at=None)),
    "expired": ("expired", lambda: Q(expires_at__lte=clock.now())),
    "revoked": ("revoked", lambda: ~Q(revoked_at=None)),
}


@admin.register(ApiToken)
class ApiTokenAdmin(EvidenceAdmin):
    list_display = ("name", "hint", linked("user"), "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_filter = (filter_by("state", "opens", OPENS),)
    list_select_related = ("user",)
    search_fields = ("name", "hint", "user__username")
    date_hierarchy = "created_at"
    hidden = ("sha256",)
    related = (Related("audit record", "bounty_auditevent", "subject__exact", "token:{}"),)
    actions = (
        confirmed(
            revoke_token,
            verb="Revoke",
            effect=lambda row: f"whatever program of {row.user} uses it is shut out from now on.",
            done="it opens nothing any more.",
        ),
    )
