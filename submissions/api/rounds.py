"""Rounds: the sealed tests of a competition with their levels, opening the next one, and the close."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from bounty.api.authentication import person
from bounty.api.competitions import CompetitionDetail, organised_competition, visible_competition
from bounty.api.endpoint import Endpoint, ListEndpoint
from bounty.api.idempotency import once_per_key
from bounty.api.permissions import Scope, TokenScope
from submissions.actions.close_competition import close_competition
from submissions.actions.open_round import open_round
from submissions.models import Candidate, Round


class CandidateSerializer(serializers.ModelSerializer[Candidate]):
    """The t-th sealed test: its level and its q were fixed before its one bit was read.

    ``chance`` is what the holdout predicts; ``q`` the same with the team's record, by which the ledger charges.
    """

    team = serializers.CharField(source="submission.team.name")
    group = serializers.SerializerMethodField(help_text="Once it passed, and so is part of the hosted model.")
    version = serializers.IntegerField(source="version.number", default=None, allow_null=True)

    class Meta:
        model = Candidate
        fields = [
            *["position", "submission", "team", "group", "provisional_score", "version"],
            *["t", "chance", "q", "level", "spent_before", "spent_after", "passed", "sent_back", "tested_at"],
        ]

    def get_group(self, candidate: Candidate) -> str | None:
        """What was tried in vain stays its team's own."""
        return candidate.submission.group_text if candidate.passed else None


class RoundSerializer(serializers.ModelSerializer[Round]):
    candidates = CandidateSerializer(many=True)

    class Meta:
        model = Round
        fields = ["number", "state", "opened_at", "finished_at", "candidates"]


@extend_schema_view(get=extend_schema(operation_id="list_rounds"))
class Rounds(ListEndpoint[Round]):
    """GET: the rounds with their candidates, newest first. POST: open a round, as the organiser."""

    serializer_class = RoundSerializer
    write_scope = Scope.ORGANISE

    def get_queryset(self) -> QuerySet[Round]:
        competition = visible_competition(self.request, self.kwargs["slug"])
        return competition.rounds.prefetch_related("candidates__submission__team", "candidates__version")

    @extend_schema(operation_id="open_round", request=None, responses={201: RoundSerializer})
    @once_per_key(organised_competition)
    def post(self, request: Request, slug: str) -> Response:
        opened = open_round(organised_competition(request, slug), by=person(request))
        return Response(RoundSerializer(opened).data, status=201)


class Close(Endpoint):
    """POST: close the competition, as its organiser; the exact sealed numbers follow when a worker has settled it."""

    permission_classes = [IsAuthenticated, TokenScope]
    write_scope = Scope.ORGANISE

    @extend_schema(operation_id="close_competition", request=None, responses={202: CompetitionDetail})
    def post(self, request: Request, slug: str) -> Response:
        closed = close_competition(visible_competition(request, slug), by=person(request))
        return Response(CompetitionDetail(closed, context={"request": request}).data, status=202)
