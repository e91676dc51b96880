"""Versions of the hosted model: what each is made of, and its provisional error by group."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bounty.api.competitions import visible_competition
from bounty.models import HostedModelVersion


class VersionSummary(serializers.ModelSerializer[HostedModelVersion]):
    base = serializers.IntegerField(source="base.number", default=None, help_text="The version that it stands on.")
    nodes_count = serializers.SerializerMethodField()
    overall = serializers.SerializerMethodField(help_text="Provisional: loss and harm on the holdout.")

    class Meta:
        model = HostedModelVersion
        fields = ["number", "base", "published_at", "nodes_count", "overall"]

    def get_nodes_count(self, version: HostedModelVersion) -> int:
        return len(version.nodes)

    def get_overall(self, version: HostedModelVersion) -> object:
        return version.holdout_report.get("overall")


class VersionDetail(VersionSummary):
    sha256 = serializers.CharField(help_text="What certificates name it by.")
    answers_sha256 = serializers.CharField(help_text="Of its answers on public rows.")
    groups = serializers.SerializerMethodField(help_text="Provisional: loss and harm on the holdout, by group.")

    class Meta(VersionSummary.Meta):
        fields = [*VersionSummary.Meta.fields, "recipe", "nodes", "answers_sha256", "sha256", "groups"]

    def get_groups(self, version: HostedModelVersion) -> object:
        return version.holdout_report.get("groups", [])


class Versions(generics.ListAPIView[HostedModelVersion]):
    """GET: the hosted model's versions, newest first."""

    serializer_class = VersionSummary

    def get_queryset(self) -> QuerySet[HostedModelVersion]:
        competition = visible_competition(self.request, self.kwargs["slug"])
        return HostedModelVersion.objects.filter(competition=competition).select_related("base")


class OneVersion(APIView):
    """GET: one version, with its decision list and its error by group."""

    def get(self, request: Request, slug: str, number: int) -> Response:
        versions = HostedModelVersion.objects.filter(competition=visible_competition(request, slug))
        return Response(VersionDetail(get_object_or_404(versions, number=number)).data)
