"""How many answers each team has used on each day."""

from django.contrib import admin

from bounty.admin.evidence import EvidenceAdmin
from submissions.models import QueryBudget


@admin.register(QueryBudget)
class QueryBudgetAdmin(EvidenceAdmin):
    list_display = ("team", "day", "used", "refunded")
    list_filter = ("team__competition",)
    list_select_related = ("team",)
    search_fields = ("team__name", "team__competition__slug")
    date_hierarchy = "day"
