"""What was changed backwards; and the versions, to which the model is rolled back."""

from django.contrib import admin
from django.urls import reverse

from bounty.admin.confirmed import confirmed
from bounty.admin.evidence import EvidenceAdmin, linked
from bounty.admin.hosted_model import HostedModelVersionAdmin
from bounty.models import HostedModelVersion
from submissions.actions.roll_back_version import roll_back_version
from submissions.consequences import changes_of_a_roll_back, of_a_roll_back
from submissions.models import Reversal


def _effect(version: HostedModelVersion) -> str:
    head = version.competition.versions.latest()
    return " ".join(of_a_roll_back(version, head, changes_of_a_roll_back(version, head)))


admin.site.unregister(HostedModelVersion)


@admin.register(HostedModelVersion)
class LiveVersionAdmin(HostedModelVersionAdmin):
    actions = (
        confirmed(
            roll_back_version,
            verb="Roll the model back to this version",
            effect=_effect,
            done="the model answers as it did.",
            risky=True,
            for_a_reason=True,
        ),
    )


@admin.register(Reversal)
class ReversalAdmin(EvidenceAdmin):
    list_display = (
        *("__str__", linked("competition"), "kind", linked("restored"), linked("submission")),
        *(linked("before"), linked("after"), "reason", linked("by"), "made_at"),
    )
    list_filter = ("kind", "competition")
    list_select_related = (
        *("competition", "submission", "by", "restored__competition"),
        *("before__competition", "after__competition"),
    )
    search_fields = ("competition__slug", "=submission__pk", "reason", "by__username")
    date_hierarchy = "made_at"

    def view_on_site(self, obj: Reversal) -> str:
        return reverse("competition-version", args=[obj.competition.slug, obj.after.number])
