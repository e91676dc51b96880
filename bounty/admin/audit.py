"""The audit record, and whether its chain is whole."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from bounty.admin.evidence import EvidenceAdmin
from bounty.audit import first_break
from bounty.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(EvidenceAdmin):
    list_display = ("at", "verb", "subject", "actor", "competition", "digest")
    list_filter = ("verb", "competition")
    list_select_related = ("actor", "competition")
    search_fields = ("verb", "subject", "actor__username", "digest")
    date_hierarchy = "at"
    actions = ("check_chain",)

    @admin.action(description="Check the whole chain")
    def check_chain(self, request: HttpRequest, _chosen: "QuerySet[AuditEvent]") -> None:
        broken = first_break()
        if broken is None:
            self.message_user(request, "The chain is whole: no event was changed or taken out.", messages.SUCCESS)
        else:
            self.message_user(request, f"The chain breaks at event {broken.pk} ({broken}).", messages.ERROR)
