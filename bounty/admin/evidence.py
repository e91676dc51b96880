"""What is shown and never edited here: every change is an action, and evidence has none."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from django.contrib import admin
from django.db.models import Field, JSONField, Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

Shown = str | Callable[[Model], str]


class Related(NamedTuple):
    """A list of other rows (``app_model``) that belong to a row: those whose ``lookup`` is ``value`` of its key."""

    text: str
    name: str
    lookup: str
    value: str = "{}"


class EvidenceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """A model's rows, to find and to read, with JSON laid out in lines and links to what belongs to a row."""

    list_per_page = 50
    show_full_result_count = False
    hidden: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    found_by: tuple[str, ...] = ()  # lookups over several tables that other pages' links use

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in self.found_by or bool(super().lookup_allowed(lookup, value, request))  # type: ignore[arg-type]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:  # names and callables
        fields = [shown(field) for field in self.model._meta.fields if field.name not in self.hidden]
        return ["see", *fields] if self.related else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return self.get_fields(request, obj)

    @admin.display(description="see")
    def see(self, row: Model) -> SafeString:
        """Links to the lists of what belongs to the row."""
        return see(row, self.related)


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


@cache
def linked(name: str) -> Callable[[Any], str]:
    """A column of a list: the row that the foreign key ``name`` leads to, as a link to its own admin page."""

    @admin.display(description=name.replace("_", " "), ordering=name)
    def link(row: Model) -> str:
        other = getattr(row, name)
        return row_link(other) if other else "-"

    link.__name__ = name  # the admin names a column's cells by it
    return link


def row_link(row: Model) -> SafeString:
    """To the row's own admin page."""
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', address, row)


def see(row: Model, related: tuple[Related, ...]) -> SafeString:
    """Links to the lists of what belongs to the row."""
    links = ((list_link(name, text, **{lookup: value.format(row.pk)}),) for text, name, lookup, value in related)
    return format_html_join(" · ", "{}", links)


def list_link(name: str, text: str, **filters: str | int) -> SafeString:
    """To the list of a model's rows (``app_model``) that fit ``filters``."""
    address = reverse(f"admin:{name}_changelist")
    return format_html('<a href="{}?{}">{}</a>', address, urlencode(filters), text)
