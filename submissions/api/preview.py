"""A group on public rows, before it is submitted."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle

from bounty.api.competitions import visible_competition
from bounty.api.endpoint import Endpoint
from bounty.api.permissions import Scope, TokenScope
from submissions.actions.preview_group import preview_group


class PreviewRequest(serializers.Serializer[Any]):
    """A predicate."""

    predicate = serializers.CharField(allow_blank=True, trim_whitespace=False)


class PreviewSerializer(serializers.Serializer[Any]):
    """The group in canonical form and in words, its size, and how the hosted model does on it; public rows only."""

    text = serializers.CharField()
    words = serializers.CharField()
    rows = serializers.IntegerField()
    n = serializers.IntegerField(help_text="All public rows.")
    weight = serializers.FloatField(help_text="The share of the group.")
    version = serializers.IntegerField()
    loss = serializers.DictField(help_text="The group's, with its interval.")
    rest_loss = serializers.DictField(help_text="Everyone else's.")
    harm_name = serializers.CharField()
    harm = serializers.DictField()
    rest_harm = serializers.DictField()


class PreviewThrottle(AnonRateThrottle):
    """A preview costs a pass over the public rows: nobody without an account asks for many a second."""

    rate = "120/min"
    scope = "preview"


class Preview(Endpoint):
    """POST: a predicate's group on public rows: its size, and the hosted model's error on it and on everyone else."""

    permission_classes = [AllowAny, TokenScope]
    throttle_classes = [PreviewThrottle]
    write_scope = Scope.READ  # nothing is written: a predicate can be too long for an address
    tag = "Submissions"

    @extend_schema(operation_id="preview_group", request=PreviewRequest, responses=PreviewSerializer)
    def post(self, request: Request, slug: str) -> Response:
        competition = visible_competition(request, slug)
        asked = PreviewRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(preview_group(competition, asked.validated_data["predicate"]).to_json())
