"""The hosted model: its decision list in the order in which it is asked, and its answers on rows that are sent."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle

from bounty.api.competitions import visible_competition
from bounty.api.endpoint import Endpoint
from bounty.api.permissions import Scope, TokenScope
from bounty.models import HostedModelVersion
from submissions.intake.rows import MAX_ROWS, read_rows
from submissions.models import Submission
from submissions.prediction import predict


class NodeSerializer(serializers.Serializer[Any]):
    """One node. A leaf answers its group with a patch; a pointer as an earlier version did."""

    place = serializers.IntegerField(help_text="In the version's list; the largest is asked first.")
    kind = serializers.ChoiceField(["leaf", "pointer"])
    group = serializers.CharField(allow_null=True, help_text="The predicate, or the function's name; null: everyone.")
    group_kind = serializers.ChoiceField(Submission.GroupKind.choices, allow_null=True)
    group_submission = serializers.IntegerField(allow_null=True)
    team = serializers.CharField(allow_null=True, help_text="Whose group it is.")
    patch_kind = serializers.ChoiceField(Submission.PatchKind.choices, allow_null=True)
    patch_submission = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField(allow_null=True, help_text="Of a pointer: the version that answers.")


class DecisionListSerializer(serializers.Serializer[Any]):
    """A version's nodes in the order in which they are asked; whom none has is answered by the initial model."""

    version = serializers.IntegerField()
    nodes = NodeSerializer(many=True)
    initial = serializers.DictField(help_text="The recipe of the initial model, or its column of predictions.")


class PredictRequest(serializers.Serializer[Any]):
    """Rows by the names of their columns; null where a value is not known."""

    rows = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=MAX_ROWS)


class PredictionSerializer(serializers.Serializer[Any]):
    """One row's answer, and what gave it."""

    prediction = serializers.JSONField(help_text="A class, a number, or the name of a column.")
    version = serializers.IntegerField(help_text="In whose list the node stands; 0 without a node: the initial model.")
    node = serializers.IntegerField(allow_null=True, help_text="Its place in that list.")
    submission = serializers.IntegerField(allow_null=True, help_text="Whose patch it is.")


class PredictionsSerializer(serializers.Serializer[Any]):
    """One answer a row, in their order."""

    version = serializers.IntegerField()
    predictions = PredictionSerializer(many=True)


class PredictThrottle(UserRateThrottle):
    """A prediction may train a patch of the platform's again."""

    rate = "60/min"
    scope = "predict"


class DecisionListOf(Endpoint):
    """GET: a version's decision list, in the order in which its nodes are asked."""

    tag = "Model"

    @extend_schema(operation_id="get_decision_list", responses=DecisionListSerializer)
    def get(self, request: Request, slug: str, number: int) -> Response:
        version = _version(request, slug, number)
        keys = {node.get(key) for node in version.nodes for key in ("group", "patch")} - {None}
        found = Submission.objects.select_related("team").in_bulk(keys)
        nodes = [_node(place, node, found) for place, node in enumerate(version.nodes)]
        body = {"version": version.number, "nodes": nodes[::-1], "initial": version.recipe}
        return Response(DecisionListSerializer(body).data)


class Predict(Endpoint):
    """POST: a version's answers on rows that are sent, each with the node that gave it. Rows that an entrant's code
    would have to answer are refused: such code runs in a worker's sandbox and nowhere else."""

    permission_classes = [IsAuthenticated, TokenScope]
    throttle_classes = [PredictThrottle]
    write_scope = Scope.READ  # nothing is written: rows are too long for an address
    tag = "Model"

    @extend_schema(operation_id="predict", request=PredictRequest, responses=PredictionsSerializer)
    def post(self, request: Request, slug: str, number: int) -> Response:
        version = _version(request, slug, number)
        asked = PredictRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        given = read_rows(version.competition, asked.validated_data["rows"])
        return Response(PredictionsSerializer({"version": version.number, "predictions": predict(version, given)}).data)


def _version(request: Request, slug: str, number: int) -> HostedModelVersion:
    versions = HostedModelVersion.objects.select_related("competition")
    return get_object_or_404(versions, competition=visible_competition(request, slug), number=number)


def _node(place: int, node: dict[str, Any], found: dict[int, Submission]) -> dict[str, Any]:
    group, patch = found.get(node["group"]), found.get(node.get("patch", 0))
    return {
        "place": place,
        "kind": node["kind"],
        "group": group.group_text if group else None,
        "group_kind": group.group_kind if group else None,
        "group_submission": node["group"],
        "team": group.team.name if group else None,
        "patch_kind": patch.patch_kind if patch else None,
        "patch_submission": node.get("patch"),
        "version": node.get("version"),
    }
