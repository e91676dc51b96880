"""Teams, who is in them, and which ask to become one."""

from typing import Final

from django.contrib import admin
from django.db.models import Q

from bounty.actions.keep_program import end_program
from bounty.actions.leave_team import remove_member
from bounty.admin.confirmed import confirmed
from bounty.admin.evidence import EvidenceAdmin, EvidenceInline, Related, linked
from bounty.admin.filters import Conditions, filter_by
from bounty.models import Membership, MergeOffer, Team, User

TEAMS: Final[Conditions] = {
    "sent": ("has sent something", lambda: ~Q(first_sent_at=None)),
    "silent": ("has sent nothing", lambda: Q(first_sent_at=None)),
    "merged": ("has become part of another", lambda: ~Q(merged_into=None)),
}
PRESENCE: Final[Conditions] = {
    "in": ("in the team", lambda: Q(left_at=None)),
    "left": ("has left, and keeps the place", lambda: ~Q(left_at=None)),
}


class MembershipInline(EvidenceInline):
    model = Membership
    fields = readonly_fields = ("user", "role", "joined_at", "left_at")


@admin.register(Team)
class TeamAdmin(EvidenceAdmin):
    list_display = ("name", "see", linked("competition"), "first_sent_at", linked("merged_into"))
    list_filter = (filter_by("work", "work", TEAMS), "competition")
    list_select_related = ("competition", "merged_into")
    search_fields = ("name", "memberships__user__username", "competition__slug")
    date_hierarchy = "created_at"
    inlines = (MembershipInline,)
    related = (
        Related("members", "bounty_membership", "team__id__exact"),
        Related("submissions", "submissions_submission", "team__id__exact"),
        Related("budgets", "submissions_querybudget", "team__id__exact"),
        Related("invitations", "bounty_invitation", "team__id__exact"),
        Related("offers made", "bounty_mergeoffer", "offering__id__exact"),
        Related("offers received", "bounty_mergeoffer", "asked__id__exact"),
        Related("audit record", "bounty_auditevent", "subject__exact", "team:{}"),
    )


def remove(membership: Membership, *, by: User) -> None:
    """Out of the team, as its captain may do; a program ends with that."""
    if membership.role == Membership.Role.PROGRAM:
        end_program(membership.user, by=by)
        return
    remove_member(membership.team, user=membership.user, by=by)


def _effect(membership: Membership) -> str:
    return f"{membership.user} sends nothing for {membership.team} any more; what was sent stays the team's."


@admin.register(Membership)
class MembershipAdmin(EvidenceAdmin):
    list_display = ("__str__", linked("user"), linked("team"), linked("competition"), "role", "joined_at", "left_at")
    list_filter = ("role", filter_by("presence", "presence", PRESENCE), "competition")
    list_select_related = ("user", "team", "competition")
    search_fields = ("user__username", "team__name", "competition__slug")
    date_hierarchy = "joined_at"
    actions = (
        confirmed(remove, verb="Remove from the team", effect=_effect, done="no longer in the team.", risky=True),
    )


@admin.register(MergeOffer)
class MergeOfferAdmin(EvidenceAdmin):
    list_display = ("__str__", linked("offering"), linked("asked"), "state", linked("made_by"), "made_at")
    list_filter = ("state", "offering__competition")
    list_select_related = ("offering", "asked", "made_by")
    search_fields = ("offering__name", "asked__name", "made_by__username", "offering__competition__slug")
    date_hierarchy = "made_at"
