"""The leaderboard, a team's quota, and a group on public rows."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from bounty.api.authentication import person
from bounty.api.competitions import visible_competition
from bounty.api.permissions import Scope, TokenScope
from bounty.errors import Refused
from bounty.models import HostedModelVersion
from bounty.policies import team_of
from submissions.actions.preview_group import preview_group
from submissions.board import standings
from submissions.quota import Quota, quota


class StandingSerializer(serializers.Serializer[Any]):
    """One team's row. Gains from the holdout are provisional; ``marginal_reward`` is sealed, from the close on."""

    rank = serializers.IntegerField()
    team = serializers.CharField(source="team.name")
    certified = serializers.IntegerField()
    merged = serializers.IntegerField(help_text="Of those, how many are in the model: none was taken out again.")
    certified_gain = serializers.FloatField(help_text="Provisional scores of the merged pairs, summed.")
    provisional_gain = serializers.FloatField(help_text="Of the best open claim, against the newest version.")
    scored = serializers.IntegerField()
    sent = serializers.IntegerField()
    last_at = serializers.DateTimeField()
    best = serializers.IntegerField(source="best.pk", default=None, help_text="The submission with that claim.")
    marginal_reward = serializers.FloatField()


class QuotaSerializer(serializers.Serializer[Quota]):
    limit = serializers.IntegerField()
    used = serializers.IntegerField()
    left = serializers.IntegerField()
    in_all = serializers.IntegerField()
    in_all_limit = serializers.IntegerField()
    left_in_all = serializers.IntegerField()
    resets_at = serializers.DateTimeField()
    in_flight = serializers.IntegerField()
    in_flight_limit = serializers.IntegerField()


class PreviewRequest(serializers.Serializer[Any]):
    predicate = serializers.CharField(allow_blank=True, trim_whitespace=False)


class PreviewThrottle(AnonRateThrottle):
    """A preview costs a pass over the public rows: nobody without an account asks for many a second."""

    rate = "120/min"
    scope = "preview"


class Board(APIView):
    """GET: the standings against the newest version."""

    def get(self, request: Request, slug: str) -> Response:
        competition = visible_competition(request, slug)
        version = HostedModelVersion.objects.filter(competition=competition).values_list("number", flat=True).last()
        rows = StandingSerializer(standings(competition), many=True).data
        return Response({"competition": slug, "state": competition.state, "version": version, "standings": rows})


class OwnQuota(APIView):
    """GET: what one's team may still send, and when that changes."""

    permission_classes = [IsAuthenticated, TokenScope]

    def get(self, request: Request, slug: str) -> Response:
        team = team_of(person(request), visible_competition(request, slug))
        if team is None:
            raise Refused("RULES_NOT_ACCEPTED", "Accept the rules of this competition first.")
        return Response(QuotaSerializer(quota(team)).data)


class Preview(APIView):
    """POST: a predicate's group on public rows: its size, and the hosted model's error on it and on everyone else."""

    permission_classes = [AllowAny, TokenScope]
    throttle_classes = [PreviewThrottle]
    write_scope = Scope.READ  # nothing is written: a predicate can be too long for an address

    def post(self, request: Request, slug: str) -> Response:
        competition = visible_competition(request, slug)
        asked = PreviewRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(preview_group(competition, asked.validated_data["predicate"]).to_json())
