"""What goes with accounts: groups of rights, whose every change is recorded, and confirmed addresses, to read."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from bounty.actions.record import record
from bounty.admin.evidence import EvidenceAdmin, linked
from bounty.models import User

for _model in (Group, EmailAddress):  # their own pages change them without a trace
    admin.site.unregister(_model)


@admin.register(EmailAddress)
class EmailAddressAdmin(EvidenceAdmin):
    list_display = ("email", linked("user"), "primary", "verified")
    list_filter = ("verified", "primary")
    list_select_related = ("user",)
    search_fields = ("email", "user__username")


@admin.register(Group)
class RightsGroupAdmin(GroupAdmin):
    """Only administrators: who could change a group could give themselves every right."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_superuser)

    def save_model(self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.changed_data:
            _record("edit_group" if change else "add_group", request, obj, fields=sorted(form.changed_data))

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        _record("delete_group", request, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Group]") -> None:
        for group in queryset:
            self.delete_model(request, group)


def _record(verb: str, request: HttpRequest, group: Group, **data: Any) -> None:
    assert isinstance(request.user, User)  # the admin site lets nobody else in
    record(verb, subject=f"group:{group.pk}", actor=request.user, **data)
