"""What is shown and never edited here: every change is an action, and evidence has none."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from django.contrib import admin
from django.db.models import Field, JSONField, Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

Shown = str | Callable[[Model], str]


class EvidenceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """A model's rows, to find and to read, with JSON laid out in lines."""

    list_per_page = 50
    show_full_result_count = False
    hidden: tuple[str, ...] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:  # names and callables
        return [shown(field) for field in self.model._meta.fields if field.name not in self.hidden]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return self.get_fields(request, obj)


class EvidenceInline(admin.TabularInline):  # type: ignore[type-arg]  # not generic at run time
    """Rows of another model under the one they belong to, each with a link to its own page."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@cache
def shown(field: "Field[Any, Any]") -> Shown:
    """The field's name, or, for JSON, what lays it out; the same object every time, as the admin compares them."""
    if not isinstance(field, JSONField):
        return field.name

    @admin.display(description=field.verbose_name)
    def laid_out(row: Model) -> str:
        text = json.dumps(getattr(row, field.name), indent=1, ensure_ascii=False, sort_keys=True)
        return format_html("<pre>{}</pre>", text)

    return laid_out


def list_link(name: str, text: str, **filters: str | int) -> SafeString:
    """To the list of a model's rows (``app_model``) that fit ``filters``."""
    address = reverse(f"admin:{name}_changelist")
    return format_html('<a href="{}?{}">{}</a>', address, urlencode(filters), text)
