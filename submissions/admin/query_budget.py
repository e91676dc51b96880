"""How many answers each team has used on each day."""

from django.contrib import admin

from bounty.admin.evidence import EvidenceAdmin, linked
from submissions.models import QueryBudget


@admin.register(QueryBudget)
class QueryBudgetAdmin(EvidenceAdmin):
    list_display = ("__str__", linked("team"), "day", "used", "refunded")
    list_filter = ("team__competition",)
    list_select_related = ("team",)
    search_fields = ("team__name", "team__competition__slug")
    date_hierarchy = "day"
