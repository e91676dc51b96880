"""Competitions: what is asked of entrants, under which rules, and taking part."""

from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from bounty.actions.accept_rules import check_rules_version
from bounty.actions.join_competition import join_competition
from bounty.api.authentication import person
from bounty.api.endpoint import Endpoint, ListEndpoint
from bounty.api.idempotency import once_per_key
from bounty.api.permissions import TokenScope
from bounty.models import Competition, Team
from bounty.policies import check_organises
from scoring.losses import Task
from scoring.rounds import Ledger
from scoring.sandbox.lowered import limits_in_force


def visible_competition(request: Request, slug: str) -> Competition:
    """The competition of that slug, if the one who asks may see it; 404 otherwise."""
    return get_object_or_404(visible_competitions(request).select_related("organiser"), slug=slug)


def organised_competition(request: Request, slug: str) -> Competition:
    """The same, for its organiser and staff. Raises NotAllowed for anybody else who may see it."""
    found = visible_competition(request, slug)
    check_organises(person(request), found)
    return found


def visible_competitions(request: Request) -> QuerySet[Competition]:
    return Competition.objects.visible_to(request.user)


class CompetitionSummary(serializers.ModelSerializer[Competition]):
    url = serializers.HyperlinkedIdentityField(view_name="api-competition", lookup_field="slug")
    is_open = serializers.BooleanField(read_only=True)

    class Meta:
        model = Competition
        fields = [
            *["url", "slug", "title", "summary", "state", "visibility", "is_open", "opens_at", "closes_at"],
            *["task", "loss", "harm", "licence", "content_warning"],
        ]


class RulesSerializer(serializers.ModelSerializer[Competition]):
    version = serializers.IntegerField(source="rules_version")
    text = serializers.CharField(source="rules_text")
    limits = serializers.SerializerMethodField(help_text="Of one run of entrants' code, by kind.")

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
            *["submissions_in_all", "submissions_in_flight", "max_team_members", "limits"],
            *["repair_slack_rows", "delta", "epsilon", "rejections_between", "rejections_within"],
        ]

    def get_limits(self, competition: Competition) -> dict[str, dict[str, int]]:
        return limits_in_force(competition.limits)


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
    round_times = serializers.SerializerMethodField(help_text="When rounds open by themselves.")
    rules = RulesSerializer(source="*")
    candidate_columns = serializers.ListField(child=serializers.CharField())
    close_report = serializers.DictField(allow_null=True, help_text="From the close on.")
    ledger = LedgerSerializer(source="*")

    class Meta(CompetitionSummary.Meta):
        fields = [
            *[*CompetitionSummary.Meta.fields, "organiser", "description", "source", "created_at", "closed_at"],
            *["label", "classes", "positive_label", "unit", "row_weight", "value_low", "value_high", "largest_error"],
            *["model_column", "candidate_columns", "teams_merge_until", "round_times"],
            *["rules", "ledger", "close_report"],
        ]

    def get_round_times(self, competition: Competition) -> list[str]:
        return [moment.at.isoformat() for moment in competition.round_times.filter(done_at=None)]


class TeamSerializer(serializers.ModelSerializer[Team]):
    competition = serializers.CharField(source="competition.slug")
    members = serializers.SerializerMethodField()

    class Meta:
        model = Team
        fields = ["id", "competition", "name", "members", "created_at"]

    def get_members(self, team: Team) -> list[str]:
        present = getattr(team, "prefetched_members", None)  # of a list, read at once
        return sorted(membership.user.username for membership in (team.present() if present is None else present))


class JoinRequest(serializers.Serializer[Team]):
    """Which rules are accepted, by their version: what was read is what counts."""

    rules_version = serializers.IntegerField(min_value=1, max_value=10**6)
    team_name = serializers.CharField(max_length=80, default="", allow_blank=True)


class CompetitionQuery(serializers.Serializer[Any]):
    """Which competitions."""

    state = serializers.MultipleChoiceField(
        choices=Competition.State.choices, required=False, help_text="In one of these states; may be given repeatedly."
    )
    task = serializers.ChoiceField(choices=[(task.value, task.value) for task in Task], required=False)
    joined = serializers.BooleanField(required=False, allow_null=True, help_text="Whether one has a team there.")
    search = serializers.CharField(required=False, max_length=100, help_text="Words of the title or the summary.")


@extend_schema_view(get=extend_schema(operation_id="list_competitions"))
class Competitions(ListEndpoint[Competition]):
    """GET: the competitions that one may see, newest first."""

    serializer_class = CompetitionSummary
    query = CompetitionQuery

    def get_queryset(self) -> QuerySet[Competition]:
        found = visible_competitions(self.request)
        if states := self.asked.get("state"):
            found = found.filter(state__in=states)
        if task := self.asked.get("task"):
            found = found.filter(task=task)
        if search := self.asked.get("search"):
            found = found.filter(Q(title__icontains=search) | Q(summary__icontains=search))
        if (joined := self.asked.get("joined")) is not None:
            own = Team.objects.of(person(self.request)).values("competition")
            found = found.filter(pk__in=own) if joined else found.exclude(pk__in=own)
        return found


class OneCompetition(Endpoint):
    """GET: one competition with its rules and its ledger; after the close, with its final report."""

    @extend_schema(operation_id="get_competition", responses=CompetitionDetail)
    def get(self, request: Request, slug: str) -> Response:
        competition = visible_competition(request, slug)
        return Response(CompetitionDetail(competition, context={"request": request}).data)


class Join(Endpoint):
    """POST: accept the rules and take part, as a team of one."""

    permission_classes = [IsAuthenticated, TokenScope]

    @extend_schema(operation_id="join_competition", request=JoinRequest, responses={201: TeamSerializer})
    @once_per_key(visible_competition)
    def post(self, request: Request, slug: str) -> Response:
        competition = visible_competition(request, slug)
        asked = JoinRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        check_rules_version(competition, asked.validated_data["rules_version"])
        team = join_competition(competition, user=person(request), team_name=asked.validated_data["team_name"])
        return Response(TeamSerializer(team).data, status=201)
