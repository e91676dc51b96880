"""The timeline of a submission."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from bounty.api.authentication import person
from bounty.api.endpoint import Endpoint
from bounty.api.permissions import TokenScope
from submissions.timeline import KINDS, timeline
from submissions.visible import visible_submission


class EventSerializer(serializers.Serializer[Any]):
    """One thing that happened; what ``details`` holds depends on the kind."""

    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(KINDS)
    details = serializers.DictField()


class EventList(serializers.Serializer[Any]):
    """All of it, oldest first."""

    events = EventSerializer(many=True)


class Events(Endpoint):
    """GET: what happened to a submission, oldest first: sent, judged against each version, tested, merged, rolled
    back."""

    permission_classes = [IsAuthenticated, TokenScope]
    tag = "Submissions"

    @extend_schema(operation_id="list_events", responses=EventList)
    def get(self, request: Request, pk: int) -> Response:
        return Response(EventList({"events": timeline(visible_submission(person(request), pk))}).data)
