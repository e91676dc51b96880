"""Competitions: what is asked of entrants, under which rules, and taking part."""

from typing import Any, cast

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bounty.actions.join_competition import join_competition
from bounty.api.authentication import person
from bounty.api.permissions import TokenScope
from bounty.errors import Refused
from bounty.models import Competition, Team, User
from scoring.rounds import Ledger


def visible_competition(request: Request, slug: str) -> Competition:
    """The competition of that slug, if the one who asks may see it; 404 otherwise."""
    return get_object_or_404(visible_competitions(request).select_related("organiser"), slug=slug)


def visible_competitions(request: Request) -> QuerySet[Competition]:
    # The queryset also takes the anonymous user, who is no User to the type checker.
    return Competition.objects.visible_to(cast(User, request.user))


class CompetitionSummary(serializers.ModelSerializer[Competition]):
    url = serializers.HyperlinkedIdentityField(view_name="api-competition", lookup_field="slug")
    is_open = serializers.BooleanField(read_only=True)

    class Meta:
        model = Competition
        fields = [
            *["url", "slug", "title", "summary", "state", "is_open", "opens_at", "closes_at"],
            *["task", "loss", "harm", "licence", "content_warning"],
        ]


class RulesSerializer(serializers.ModelSerializer[Competition]):
    version = serializers.IntegerField(source="rules_version")
    text = serializers.CharField(source="rules_text")

    class Meta:
        model = Competition
        fields = [
            *[
                "version",
                "text",
                "mode",
                "opening",
                "require_repair",
                "require_underperformance",
                "underperformance_margin",
            ],
            *["max_group_weight", "min_group_rows", "candidates_per_round", "round_cap", "submissions_per_day"],
            *["submissions_in_flight", "repair_slack_rows", "delta", "epsilon"],
        ]


class LedgerSerializer(serializers.ModelSerializer[Competition]):
    """How much of its confidence the sealed split has spent, and the level of its next test."""

    tests = serializers.IntegerField(source="sealed_tests")
    spent = serializers.FloatField(source="ledger_spent")
    next_level = serializers.SerializerMethodField()

    class Meta:
        model = Competition
        fields = ["delta", "tests", "spent", "next_level"]

    def get_next_level(self, competition: Competition) -> float:
        return Ledger(competition.delta, competition.sealed_tests, competition.ledger_spent).level()


class CompetitionDetail(CompetitionSummary):
    organiser = serializers.CharField(source="organiser.username")
    rules = RulesSerializer(source="*")
    ledger = LedgerSerializer(source="*")

    class Meta(CompetitionSummary.Meta):
        fields = [
            *[*CompetitionSummary.Meta.fields, "organiser", "description", "source", "created_at", "closed_at"],
            *["label", "classes", "positive_label", "unit", "row_weight", "value_low", "value_high", "largest_error"],
            *["model_column", "candidate_columns", "rules", "ledger", "close_report"],
        ]


class TeamSerializer(serializers.ModelSerializer[Team]):
    competition = serializers.CharField(source="competition.slug")
    members = serializers.SerializerMethodField()

    class Meta:
        model = Team
        fields = ["id", "competition", "name", "members", "created_at"]

    def get_members(self, team: Team) -> list[str]:
        return [user.username for user in team.members.order_by("username")]


class JoinRequest(serializers.Serializer[Team]):
    """Which rules are accepted, by their version: what was read is what counts."""

    rules_version = serializers.IntegerField(min_value=1, max_value=10**6)
    team_name = serializers.CharField(max_length=80, default="", allow_blank=True)


class Competitions(generics.ListAPIView[Competition]):
    """GET: the competitions that one may see."""

    serializer_class = CompetitionSummary

    def get_queryset(self) -> QuerySet[Competition]:
        return visible_competitions(self.request)


class OneCompetition(APIView):
    """GET: one competition with its rules and its ledger; after the close, with its final report."""

    def get(self, request: Request, slug: str) -> Response:
        competition = visible_competition(request, slug)
        return Response(CompetitionDetail(competition, context={"request": request}).data)


class Join(APIView):
    """POST: accept the rules and take part, as a team of one."""

    permission_classes = [IsAuthenticated, TokenScope]

    def post(self, request: Request, slug: str) -> Response:
        competition = visible_competition(request, slug)
        asked = JoinRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        _check_rules(competition, asked.validated_data)
        team = join_competition(competition, user=person(request), team_name=asked.validated_data["team_name"])
        return Response(TeamSerializer(team).data, status=201)


def _check_rules(competition: Competition, given: dict[str, Any]) -> None:
    if given["rules_version"] != competition.rules_version:
        sentence = f"The rules in force are version {competition.rules_version}; read and accept these."
        raise Refused("RULES_CHANGED", sentence, field="rules_version", in_force=competition.rules_version)
