"""Who earned what: sealed until the competition is settled."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from bounty.api.competitions import visible_competition
from bounty.api.endpoint import Endpoint
from bounty.errors import Fault, Refused


class TeamReward(serializers.Serializer[Any]):
    """What a team's certified pairs earned, summed."""

    team = serializers.CharField()
    certified = serializers.FloatField()
    marginal_reward = serializers.FloatField()
    shapley_reward = serializers.FloatField()
    shapley_error = serializers.FloatField()


class RewardsSerializer(serializers.Serializer[Any]):
    """The sealed split's figures: in all, by team, by certificate."""

    totals = serializers.DictField(child=serializers.FloatField(), help_text="By name, as in the close report.")
    teams = TeamReward(many=True)
    certificates = serializers.ListField(child=serializers.DictField(), help_text="In the order of their merges.")


class Rewards(Endpoint):
    """GET: what each team and each certified pair earned on the sealed split. Sealed until the close is settled."""

    refuses = {"GET": {409}}

    @extend_schema(operation_id="get_rewards", responses=RewardsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        competition = visible_competition(request, slug)
        report = competition.close_report
        if report is None or not competition.is_closed:
            sentence = "What was earned is computed on the sealed split when the competition closes, and shown then."
            raise Refused("REWARDS_SEALED", sentence, fault=Fault.ORGANISER, state=competition.state)
        rewards = dict(report.get("rewards", {}))
        teams = rewards.pop("teams", [])
        certificates = report.get("certificates", [])
        return Response(RewardsSerializer({"totals": rewards, "teams": teams, "certificates": certificates}).data)
