"""The audit record, and whether its chain is whole."""

from typing import Final

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from bounty.admin.evidence import EvidenceAdmin, linked
from bounty.admin.filters import Conditions, filter_by
from bounty.audit import first_break
from bounty.models import AuditEvent

# What stands before the colon of a subject, and the model whose rows it means.
KINDS: Final = {
    "account": "bounty_user",
    "competition": "bounty_competition",
    "group": "auth_group",
    "invitation": "bounty_invitation",
    "merge": "submissions_merge",
    "round": "submissions_round",
    "settlement": "submissions_settlement",
    "submission": "submissions_submission",
    "team": "bounty_team",
    "token": "bounty_apitoken",
}
ACTORS: Final[Conditions] = {
    "nobody": ("the platform itself", lambda: Q(actor=None)),
    "staff": ("staff", lambda: Q(actor__is_staff=True)),
    "others": ("everybody else", lambda: Q(actor__is_staff=False)),
}


@admin.register(AuditEvent)
class AuditEventAdmin(EvidenceAdmin):
    list_display = ("at", "verb", "about", linked("actor"), "reason", linked("competition"))
    list_display_links = ("at", "verb")
    list_filter = (filter_by("who acted", "by", ACTORS), "verb", "competition")
    list_select_related = ("actor", "competition")
    search_fields = ("verb", "=subject", "actor__username", "=digest")
    search_help_text = "A verb, an account, a digest, or a whole subject such as submission:12."
    date_hierarchy = "at"
    actions = ("check_chain",)

    @admin.display(description="subject", ordering="subject")
    def about(self, event: AuditEvent) -> str:
        """The subject, leading to the row it means; that row may be gone."""
        kind, _, key = event.subject.partition(":")
        if kind not in KINDS:
            return event.subject
        return format_html('<a href="{}">{}</a>', reverse(f"admin:{KINDS[kind]}_change", args=[key]), event.subject)

    @admin.display
    def reason(self, event: AuditEvent) -> str:
        return str(event.data.get("reason", ""))

    @admin.action(description="Check the whole chain")
    def check_chain(self, request: HttpRequest, _chosen: "QuerySet[AuditEvent]") -> None:
        broken = first_break()
        if broken is None:
            self.message_user(request, "The chain is whole: no event was changed or taken out.", messages.SUCCESS)
        else:
            self.message_user(request, f"The chain breaks at event {broken.pk} ({broken}).", messages.ERROR)
