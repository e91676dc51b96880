"""Versions of the hosted model: what each is made of, and its provisional error by group."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from bounty.api.competitions import visible_competition
from bounty.api.endpoint import Endpoint, ListEndpoint
from bounty.models import HostedModelVersion


class VersionSummary(serializers.ModelSerializer[HostedModelVersion]):
    base = serializers.IntegerField(
        allow_null=True, source="base.number", default=None, help_text="The version that it stands on."
    )
    nodes_count = serializers.SerializerMethodField()
    overall = serializers.SerializerMethodField(help_text="Provisional: loss and harm on the holdout.")

    class Meta:
        model = HostedModelVersion
        fields = ["number", "base", "published_at", "nodes_count", "overall"]

    def get_nodes_count(self, version: HostedModelVersion) -> int:
        return len(version.nodes)

    def get_overall(self, version: HostedModelVersion) -> dict[str, Any] | None:
        overall: dict[str, Any] | None = version.holdout_report.get("overall")
        return overall


class VersionDetail(VersionSummary):
    sha256 = serializers.CharField(help_text="What certificates name it by.")
    answers_sha256 = serializers.CharField(help_text="Of its answers on public rows.")
    recipe = serializers.DictField()
    nodes = serializers.ListField(child=serializers.DictField(), help_text="Oldest first; the newest is asked first.")
    groups = serializers.SerializerMethodField(help_text="Provisional: loss and harm on the holdout, by group.")

    class Meta(VersionSummary.Meta):
        fields = [*VersionSummary.Meta.fields, "recipe", "nodes", "answers_sha256", "sha256", "groups"]

    def get_groups(self, version: HostedModelVersion) -> list[dict[str, Any]]:
        groups: list[dict[str, Any]] = version.holdout_report.get("groups", [])
        return groups


@extend_schema_view(get=extend_schema(operation_id="list_versions"))
class Versions(ListEndpoint[HostedModelVersion]):
    """GET: the hosted model's versions, newest first."""

    serializer_class = VersionSummary

    def get_queryset(self) -> QuerySet[HostedModelVersion]:
        competition = visible_competition(self.request, self.kwargs["slug"])
        return HostedModelVersion.objects.filter(competition=competition).select_related("base")


class OneVersion(Endpoint):
    """GET: one version of the hosted model, with its nodes and its error by group."""

    @extend_schema(operation_id="get_version", responses=VersionDetail)
    def get(self, request: Request, slug: str, number: int) -> Response:
        versions = HostedModelVersion.objects.filter(competition=visible_competition(request, slug))
        return Response(VersionDetail(get_object_or_404(versions, number=number)).data)
