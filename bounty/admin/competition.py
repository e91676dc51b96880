"""Competitions: their texts, dates and quotas may be edited, by the same action as anywhere else."""

import datetime as dt
from typing import Any, ClassVar, Final

from django.contrib import admin
from django.db.models import Model, Q
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse

from bounty import clock
from bounty.actions.edit_competition import RULES, TEXTS, edit_competition
from bounty.actions.publish_competition import publish_competition
from bounty.admin.confirmed import confirmed
from bounty.admin.evidence import EvidenceAdmin, EvidenceInline, Related, linked, shown
from bounty.admin.filters import Conditions, filter_by
from bounty.models import Competition, DataSplit, HostedModelVersion, RulesAcceptance, User

SOON: Final = dt.timedelta(days=7)
CLOSES: Final[Conditions] = {
    "soon": ("within a week", lambda: Q(state=Competition.State.OPEN, closes_at__range=_next(SOON))),
    "late": ("should have by now", lambda: Q(state=Competition.State.OPEN, closes_at__lt=clock.now())),
    "never": ("at no set time", lambda: Q(state=Competition.State.OPEN, closes_at=None)),
}


def _next(span: dt.timedelta) -> tuple[dt.datetime, dt.datetime]:
    return clock.now(), clock.now() + span


class SplitInline(EvidenceInline):
    model = DataSplit
    fields = readonly_fields = ("name", "rows", "units", "size_bytes", "sha256")


class VersionInline(EvidenceInline):
    model = HostedModelVersion
    fields = readonly_fields = ("number", "published_at")


@admin.register(Competition)
class CompetitionAdmin(EvidenceAdmin):
    list_display = ("title", "see", "state", linked("organiser"), "closes_at")
    list_filter: ClassVar[tuple[Any, ...]] = (
        "state",
        filter_by("closes", "closes", CLOSES),
        "visibility",
        "task",
        ("organiser", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("organiser",)
    search_fields = ("slug", "title", "summary", "organiser__username")
    date_hierarchy = "created_at"
    inlines = (SplitInline, VersionInline)
    related = (
        Related("teams", "bounty_team", "competition__id__exact"),
        Related("submissions", "submissions_submission", "competition__id__exact"),
        Related("rounds", "submissions_round", "competition__id__exact"),
        Related("merges", "submissions_merge", "competition__id__exact"),
        Related("roll backs and withdrawals", "submissions_reversal", "competition__id__exact"),
        Related("invitations", "bounty_invitation", "competition__id__exact"),
        Related("people let in", "bounty_admission", "competition__id__exact"),
        Related("columns", "bounty_datacolumn", "competition__id__exact"),
        Related("acceptances", "bounty_rulesacceptance", "competition__id__exact"),
        Related("audit record", "bounty_auditevent", "competition__id__exact"),
    )
    actions: tuple[Any, ...] = (
        confirmed(
            publish_competition,
            verb="Publish",
            effect=lambda row: "everyone who may see it finds it; submissions are taken from its opening time on.",
            done="it is open.",
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        is_open = not isinstance(obj, Competition) or obj.state in {Competition.State.DRAFT, Competition.State.OPEN}
        return is_open and admin.ModelAdmin.has_change_permission(self, request, obj)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        editable = {*TEXTS, *RULES}  # JSON among them as it is typed, not as it is laid out to be read
        fields = (field for field in Competition._meta.fields if field.name != "id")
        return ["see", *(field.name if field.name in editable else shown(field) for field in fields)]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return [field for field in self.get_fields(request, obj) if field not in {*TEXTS, *RULES}]

    def view_on_site(self, obj: Competition) -> str:
        return reverse("competition", args=[obj.slug])

    def save_model(self, request: HttpRequest, obj: Model, form: "ModelForm[Any]", change: bool) -> None:
        assert isinstance(obj, Competition)
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        assert isinstance(request.user, User)  # the admin site lets nobody else in
        edit_competition(obj, by=request.user, **changes)


@admin.register(RulesAcceptance)
class RulesAcceptanceAdmin(EvidenceAdmin):
    list_display = ("__str__", linked("user"), linked("competition"), "rules_version", "at")
    list_filter = ("competition",)
    list_select_related = ("user", "competition")
    search_fields = ("user__username", "competition__slug")
    date_hierarchy = "at"
