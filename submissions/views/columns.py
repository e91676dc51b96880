"""The columns that a group may be described by, with values from public rows."""

from django.db.models import QuerySet

from bounty.models import Competition, DataColumn


def feature_columns(competition: Competition) -> QuerySet[DataColumn]:
    """Demographic ones first: they are what an audit is about."""
    return competition.data_columns.filter(role=DataColumn.Role.FEATURE).order_by("-demographic", "position")
