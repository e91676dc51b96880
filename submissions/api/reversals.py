"""Changes of the model backwards: what was rolled back or withdrawn, and rolling back."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from bounty.api.authentication import person
from bounty.api.competitions import organised_competition, visible_competition
from bounty.api.endpoint import Endpoint, ListEndpoint
from bounty.api.idempotency import once_per_key
from bounty.api.permissions import Scope, TokenScope
from submissions.actions.roll_back_version import roll_back_version
from submissions.models import Reversal


class ReversalSerializer(serializers.ModelSerializer[Reversal]):
    """One change: the versions by number, the patches by their submissions."""

    restored = serializers.IntegerField(source="restored.number", default=None)
    before = serializers.IntegerField(source="before.number")
    after = serializers.IntegerField(source="after.number")
    by = serializers.CharField(source="by.username", default=None)

    class Meta:
        model = Reversal
        fields = ["kind", "restored", "submission", "before", "after", "left", "returned", "reason", "by", "made_at"]


class RollBackRequest(serializers.Serializer[Reversal]):
    """The version that is to answer again, and why."""

    version = serializers.IntegerField(min_value=0)
    reason = serializers.CharField(help_text="Shown on the model's page.")


@extend_schema_view(get=extend_schema(operation_id="list_reversals"))
class Reversals(ListEndpoint[Reversal]):
    """GET: what was rolled back or taken out of the model, in order."""

    serializer_class = ReversalSerializer

    def get_queryset(self) -> QuerySet[Reversal]:
        competition = visible_competition(self.request, self.kwargs["slug"])
        return competition.reversals.select_related("restored", "before", "after", "by")


class RollBack(Endpoint):
    """POST: let an earlier version answer again, under a new number, as the organiser."""

    permission_classes = [IsAuthenticated, TokenScope]
    write_scope = Scope.ORGANISE

    @extend_schema(operation_id="roll_back_version", request=RollBackRequest, responses={201: ReversalSerializer})
    @once_per_key(organised_competition)
    def post(self, request: Request, slug: str) -> Response:
        competition = organised_competition(request, slug)
        asked = RollBackRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        version = get_object_or_404(competition.versions, number=asked.validated_data["version"])
        made = roll_back_version(version, by=person(request), reason=asked.validated_data["reason"])
        return Response(ReversalSerializer(made).data, status=201)
