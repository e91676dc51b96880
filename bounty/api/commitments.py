"""The commitment to the hidden splits: published when the competition opens, checked after its close."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from bounty.actions.reveal_salt import reveal_salt
from bounty.api.authentication import person
from bounty.api.competitions import visible_competition
from bounty.api.endpoint import Endpoint
from bounty.api.permissions import Scope, TokenScope
from bounty.models import SplitCommitment


class CommitmentSerializer(serializers.ModelSerializer[SplitCommitment]):
    """HMAC-SHA256 of the hidden splits' digests; ``salt`` is empty until the organiser reveals it."""

    class Meta:
        model = SplitCommitment
        fields = ["value", "made_at", "salt", "revealed_at"]


class Commitment(Endpoint):
    """GET: what was committed to when the competition opened, and the salt once it is revealed."""

    tag = "Certificates"

    @extend_schema(operation_id="get_commitment", responses=CommitmentSerializer)
    def get(self, request: Request, slug: str) -> Response:
        made = get_object_or_404(SplitCommitment, competition=visible_competition(request, slug))
        return Response(CommitmentSerializer(made).data)


class Reveal(Endpoint):
    """POST: reveal the salt, as the organiser of a closed competition."""

    permission_classes = [IsAuthenticated, TokenScope]
    write_scope = Scope.ORGANISE
    tag = "Certificates"

    @extend_schema(operation_id="reveal_salt", request=None, responses=CommitmentSerializer)
    def post(self, request: Request, slug: str) -> Response:
        made = reveal_salt(visible_competition(request, slug), by=person(request))
        return Response(CommitmentSerializer(made).data)
