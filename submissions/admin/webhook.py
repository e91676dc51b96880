"""Webhooks, and what was sent to them."""

from typing import Final

from django.contrib import admin
from django.db.models import Q

from bounty.admin.confirmed import confirmed
from bounty.admin.evidence import EvidenceAdmin, Related, linked
from bounty.admin.filters import Conditions, filter_by
from submissions.actions.keep_webhook import send_again, switch_off
from submissions.models import Delivery, Webhook

STATES: Final[Conditions] = {
    "on": ("on", lambda: Q(is_active=True)),
    "failing": ("on, and failing", lambda: Q(is_active=True) & ~Q(failing_since=None)),
    "off": ("off", lambda: Q(is_active=False)),
    "by-platform": ("switched off by the platform", lambda: Q(is_active=False) & ~Q(switched_off_at=None)),
}


@admin.register(Webhook)
class WebhookAdmin(EvidenceAdmin):
    list_display = ("__str__", linked("competition"), linked("team"), "url", "is_active", "failing_since", "made_at")
    list_filter = (filter_by("state", "state", STATES), "competition")
    list_select_related = ("competition", "team")
    search_fields = ("url", "team__name", "competition__slug")
    date_hierarchy = "made_at"
    hidden = ("salt",)
    related = (
        Related("messages", "submissions_delivery", "webhook__id__exact"),
        Related("audit record", "bounty_auditevent", "subject__exact", "webhook:{}"),
    )
    actions = (
        confirmed(
            switch_off,
            verb="Switch off",
            effect=lambda row: f"{row.url} is told nothing more, until who keeps it switches it on.",
            done="it is told nothing more.",
        ),
    )


@admin.register(Delivery)
class DeliveryAdmin(EvidenceAdmin):
    list_display = (
        "__str__",
        linked("webhook"),
        "state",
        "attempts",
        "status",
        "fault",
        "took_ms",
        "made_at",
    )
    list_filter = ("state", "event")
    list_select_related = ("webhook__team", "webhook__competition")
    search_fields = ("message", "event", "webhook__competition__slug")
    date_hierarchy = "made_at"
    related = (Related("audit record", "bounty_auditevent", "subject__exact", "delivery:{}"),)
    actions = (
        confirmed(
            send_again,
            verb="Send again",
            effect=lambda row: f"the same message goes to {row.webhook.url} once more.",
            done="it is on its way.",
        ),
    )
