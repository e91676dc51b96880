"""Competitions: their texts, dates and quotas may be edited, by the same action as anywhere else."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join

from bounty.actions.edit_competition import RULES, TEXTS, edit_competition
from bounty.actions.publish_competition import publish_competition
from bounty.admin.evidence import EvidenceAdmin, EvidenceInline, list_link, shown
from bounty.errors import BountyError
from bounty.models import Competition, DataSplit, HostedModelVersion, RulesAcceptance, User


class SplitInline(EvidenceInline):
    model = DataSplit
    fields = readonly_fields = ("name", "rows", "units", "size_bytes", "sha256")


class VersionInline(EvidenceInline):
    model = HostedModelVersion
    fields = readonly_fields = ("number", "published_at")


@admin.register(Competition)
class CompetitionAdmin(EvidenceAdmin):
    list_display = ("title", "slug", "state", "organiser", "task", "mode", "opens_at", "closes_at", "sealed_tests")
    list_filter = ("state", "task", "mode", "organiser")
    list_select_related = ("organiser",)
    search_fields = ("slug", "title", "summary", "organiser__username")
    date_hierarchy = "created_at"
    inlines = (SplitInline, VersionInline)
    actions = ("publish",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        is_open = not isinstance(obj, Competition) or obj.state in {Competition.State.DRAFT, Competition.State.OPEN}
        return is_open and admin.ModelAdmin.has_change_permission(self, request, obj)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        editable = {*TEXTS, *RULES}  # JSON among them as it is typed, not as it is laid out to be read
        fields = (field for field in Competition._meta.fields if field.name != "id")
        return ["related", *(field.name if field.name in editable else shown(field) for field in fields)]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return [field for field in self.get_fields(request, obj) if field not in {*TEXTS, *RULES}]

    def view_on_site(self, obj: Competition) -> str:
        return reverse("competition", args=[obj.slug])

    @admin.display(description="see")
    def related(self, competition: Competition) -> str:
        """Links to what belongs to the competition."""
        lists = {
            "bounty_team": "teams",
            "submissions_submission": "submissions",
            "submissions_round": "rounds",
            "submissions_merge": "merges",
            "bounty_datacolumn": "columns",
            "bounty_rulesacceptance": "acceptances",
            "bounty_auditevent": "audit record",
        }
        links = ((list_link(name, text, competition__id__exact=competition.pk),) for name, text in lists.items())
        return format_html_join(" · ", "{}", links)

    def save_model(self, request: HttpRequest, obj: Model, form: "ModelForm[Any]", change: bool) -> None:
        assert isinstance(obj, Competition)
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        edit_competition(obj, by=_by(request), **changes)

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request: HttpRequest, chosen: "QuerySet[Competition]") -> None:
        for competition in chosen:
            try:
                publish_competition(competition, by=_by(request))
            except BountyError as error:
                self.message_user(request, f"{competition}: {error.sentence}", messages.ERROR)
            else:
                self.message_user(request, f"{competition} is open.", messages.SUCCESS)


@admin.register(RulesAcceptance)
class RulesAcceptanceAdmin(EvidenceAdmin):
    list_display = ("user", "competition", "rules_version", "at")
    list_filter = ("competition",)
    list_select_related = ("user", "competition")
    search_fields = ("user__username", "competition__slug")
    date_hierarchy = "at"


def _by(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the admin site lets nobody else in
    return request.user
