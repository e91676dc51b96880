"""The leaderboard: now, as an earlier version had it, and through all of them."""

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from bounty.api.competitions import visible_competition
from bounty.api.endpoint import Endpoint, ListEndpoint
from bounty.models import Competition, HostedModelVersion
from submissions.board import history, standings

_HIGHEST: Final = 10**6
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class PastStanding(serializers.Serializer[Any]):
    """One team's row as a version had it."""

    rank = serializers.IntegerField()
    team = serializers.CharField(source="team.name")
    certified = serializers.IntegerField()
    certified_gain = serializers.FloatField(help_text="Provisional scores of the merged pairs, summed.")
    provisional_gain = serializers.FloatField(help_text="Of the best open claim, against the version.")


class StandingSerializer(PastStanding):
    """One team's row. Gains from the holdout are provisional; ``marginal_reward`` is sealed, from the close on."""

    merged = serializers.IntegerField(help_text="Of those certified, how many are in the model: none was taken out.")
    scored = serializers.IntegerField()
    sent = serializers.IntegerField()
    last_at = serializers.DateTimeField()
    best = serializers.IntegerField(
        source="best.pk", default=None, allow_null=True, help_text="The submission with that claim."
    )
    marginal_reward = serializers.FloatField(allow_null=True)


class BoardSerializer(serializers.Serializer[Any]):
    """The standings, best first."""

    competition = serializers.CharField()
    state = serializers.ChoiceField(Competition.State.choices)
    version = serializers.IntegerField()
    standings = StandingSerializer(many=True)


class BoardQuery(serializers.Serializer[Any]):
    """Which board, and in which form."""

    version = serializers.IntegerField(
        required=False, min_value=0, max_value=_HIGHEST, help_text="As this version had it; otherwise the newest."
    )
    format = serializers.ChoiceField(["json", "csv"], required=False, help_text="Instead of an Accept header.")


class HistorySerializer(serializers.ModelSerializer[HostedModelVersion]):
    """The standings that a version had."""

    version = serializers.IntegerField(source="number")
    standings = serializers.SerializerMethodField()

    class Meta:
        model = HostedModelVersion
        fields = ["version", "published_at", "standings"]

    @extend_schema_field(PastStanding(many=True))
    def get_standings(self, version: HostedModelVersion) -> Any:
        return PastStanding(self.context["history"][version.number], many=True).data


class BoardAsCsv(BaseRenderer):
    """The standings as rows; a name that a spreadsheet would compute is quoted, so that it stays a name."""

    media_type = "text/csv"
    format = "csv"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        written = io.StringIO()
        rows = csv.DictWriter(written, [*StandingSerializer().fields], lineterminator="\n")
        rows.writeheader()
        rows.writerows({**row, "team": _plain(row["team"])} for row in data["standings"])
        return written.getvalue().encode()


class Board(Endpoint):
    """GET: the standings against the newest version, or as an earlier one had them; as JSON or CSV."""

    renderer_classes = [JSONRenderer, BoardAsCsv]
    query = BoardQuery

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        if request.query_params.get("format") == "csv":
            return BoardAsCsv(), BoardAsCsv.media_type
        return super().perform_content_negotiation(request, force)

    @extend_schema(
        operation_id="get_board",
        responses={(200, "application/json"): BoardSerializer, (200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, slug: str) -> Response:
        competition = visible_competition(request, slug)
        versions = HostedModelVersion.objects.filter(competition=competition)
        asked = self.asked.get("version")
        version = versions.latest() if asked is None else get_object_or_404(versions, number=asked)
        rows = standings(competition, None if asked is None else version)
        board = {"competition": slug, "state": competition.state, "version": version.number, "standings": rows}
        return Response(BoardSerializer(board).data)


@extend_schema_view(get=extend_schema(operation_id="list_board_history"))
class BoardHistory(ListEndpoint[HostedModelVersion]):
    """GET: the standings of every version, newest first."""

    serializer_class = HistorySerializer

    def get_queryset(self) -> QuerySet[HostedModelVersion]:
        return HostedModelVersion.objects.filter(competition=visible_competition(self.request, self.kwargs["slug"]))

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """The standings of all versions of the page are read at once."""
        context: dict[str, Any] = {**self.get_serializer_context()}
        if args:
            competition = visible_competition(self.request, self.kwargs["slug"])
            context["history"] = history(competition, list(args[0]))
        kwargs["context"] = context
        return HistorySerializer(*args, **kwargs)


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
