"""Invitations, and whom private competitions have let in."""

from typing import Any, Final

from django.contrib import admin
from django.db.models import F, Q
from django.urls import reverse

from bounty import clock
from bounty.actions.end_admission import end_admission
from bounty.actions.revoke_invitation import revoke_invitation
from bounty.admin.confirmed import confirmed
from bounty.admin.evidence import EvidenceAdmin, Related, linked
from bounty.admin.filters import Conditions, filter_by
from bounty.models import Admission, Invitation

_ROOM: Final = Q(max_uses=None) | Q(uses__lt=F("max_uses"))
OPENS: Final[Conditions] = {
    "open": ("open", lambda: Q(expires_at__gt=clock.now(), revoked_at=None) & _ROOM),
    "used": ("used up", lambda: Q(uses__gte=F("max_uses"))),
    "revoked": ("revoked", lambda: ~Q(revoked_at=None)),
    "old": ("too old", lambda: Q(expires_at__lte=clock.now())),
}
INTO: Final[Conditions] = {
    "team": ("a team", lambda: ~Q(team=None)),
    "competition": ("a private competition", lambda: Q(team=None)),
}


@admin.register(Invitation)
class InvitationAdmin(EvidenceAdmin):
    list_display = (
        *("__str__", linked("competition"), linked("team"), "email", linked("made_by"), "made_at"),
        *("expires_at", "uses", "max_uses", "revoked_at"),
    )
    list_filter = (filter_by("state", "opens", OPENS), filter_by("into", "into", INTO), "competition")
    list_select_related = ("competition", "team", "made_by")
    search_fields = ("hint", "email", "team__name", "made_by__username", "competition__slug")
    date_hierarchy = "made_at"
    hidden = ("sha256",)
    related = (
        Related("people let in by it", "bounty_admission", "invitation__id__exact"),
        Related("audit record", "bounty_auditevent", "subject__exact", "invitation:{}"),
    )
    actions = (
        confirmed(
            revoke_invitation,
            verb="Revoke",
            effect=lambda row: "it opens nothing any more; whoever came in by it stays.",
            done="it opens nothing any more.",
        ),
    )


@admin.register(Admission)
class AdmissionAdmin(EvidenceAdmin):
    list_display = ("__str__", linked("user"), linked("competition"), linked("invitation"), "at")
    list_filter = ("competition",)
    list_select_related = ("user", "competition", "invitation")
    search_fields = ("user__username", "user__email", "competition__slug")
    date_hierarchy = "at"
    actions = (
        confirmed(
            end_admission,
            verb="Shut out",
            effect=lambda row: f"{row.user} finds {row.competition} no more; what their team has sent stays.",
            done="shut out.",
            risky=True,
        ),
    )

    def view_on_site(self, obj: Any) -> str:
        return reverse("admissions", args=[obj.competition.slug])
