"""Filters of lists by named conditions."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

# By the name in the address: the words on the page, and the condition, made when it is asked for: some ask the clock.
Conditions = Mapping[str, tuple[str, Callable[[], Q]]]


class ConditionFilter(admin.SimpleListFilter):
    """Rows for which one of ``conditions`` holds."""

    conditions: ClassVar[Conditions] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, words) for name, (words, _) in self.conditions.items()]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = self.conditions.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(chosen[1]())


def filter_by(title: str, parameter: str, conditions: Conditions) -> type[ConditionFilter]:
    """A filter under ``title``, in the address as ``parameter``."""
    body = {"title": title, "parameter_name": parameter, "conditions": conditions}
    return type(f"{parameter.title()}Filter", (ConditionFilter,), body)
