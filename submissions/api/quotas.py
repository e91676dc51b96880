"""A team's quota, as an answer of its own and in the headers of every answer to a submission."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from bounty import clock
from bounty.api.authentication import person
from bounty.api.competitions import visible_competition
from bounty.api.endpoint import Endpoint, of_limits
from bounty.api.permissions import TokenScope
from bounty.errors import Refused
from bounty.models import Team
from bounty.policies import team_of
from submissions.quota import Quota, quota

_DAY_S = 86_400


class QuotaSerializer(serializers.Serializer[Quota]):
    """What was used of each limit, what is left, and when the day's count starts again."""

    limit = serializers.IntegerField(help_text="A day.")
    used = serializers.IntegerField()
    left = serializers.IntegerField()
    in_all = serializers.IntegerField()
    in_all_limit = serializers.IntegerField(allow_null=True)
    left_in_all = serializers.IntegerField(allow_null=True)
    resets_at = serializers.DateTimeField()
    in_flight = serializers.IntegerField(help_text="Submissions that are not judged yet.")
    in_flight_limit = serializers.IntegerField()


class OwnQuota(Endpoint):
    """GET: what one's team may still send, and when that changes."""

    permission_classes = [IsAuthenticated, TokenScope]
    refuses = {"GET": {409}}
    tag = "Submissions"

    @extend_schema(operation_id="get_quota", responses=QuotaSerializer)
    def get(self, request: Request, slug: str) -> Response:
        team = team_of(person(request), visible_competition(request, slug))
        if team is None:
            raise Refused("RULES_NOT_ACCEPTED", "Accept the rules of this competition first.")
        return Response(QuotaSerializer(quota(team)).data)


def quota_headers(team: Team) -> dict[str, Any]:
    """The day's quota as RateLimit headers: ``t`` is the seconds until it starts again."""
    now = quota(team)
    resets_in_s = max(1, int((now.resets_at - clock.now()).total_seconds()) + 1)
    return of_limits([("submissions", now.limit, _DAY_S, now.left, resets_in_s)])
