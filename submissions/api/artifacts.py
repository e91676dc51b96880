"""What was sent, byte for byte: the source or the model of a submission, for its team and the organiser."""

from functools import partial
from typing import Any, Final

from django.http import Http404, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from bounty.api.authentication import person
from bounty.api.data import AnyForm
from bounty.api.endpoint import Endpoint
from bounty.api.permissions import TokenScope
from bounty.api.ranges import ranged
from bounty.entity_tags import tag
from submissions.artifacts import read
from submissions.models import Artifact, Submission
from submissions.visible import visible_submission

ROLES: Final = ("group", "patch")
_BYTES: Final = "application/octet-stream"
_FILE: Final = OpenApiResponse(OpenApiTypes.BINARY, description="The file, as an attachment.")


class ArtifactSerializer(serializers.Serializer[Any]):
    """One file of a submission, by what it was sent as."""

    role = serializers.ChoiceField(ROLES)
    sha256 = serializers.CharField()
    size_bytes = serializers.IntegerField()
    name = serializers.CharField()
    url = serializers.CharField()


class ArtifactList(serializers.Serializer[Any]):
    """All files of a submission; a predicate and a column are none."""

    artifacts = ArtifactSerializer(many=True)


class Artifacts(Endpoint):
    """GET: the files that a submission was sent with."""

    permission_classes = [IsAuthenticated, TokenScope]
    tag = "Submissions"

    @extend_schema(operation_id="list_artifacts", responses=ArtifactList)
    def get(self, request: Request, pk: int) -> Response:
        submission = visible_submission(person(request), pk)
        rows = [
            {
                "role": role,
                "sha256": artifact.sha256,
                "size_bytes": artifact.size_bytes,
                "name": _name(submission, role),
                "url": reverse("api-artifact", args=[pk, role], request=request),
            }
            for role, artifact in _files(submission).items()
        ]
        return Response(ArtifactList({"artifacts": rows}).data)


class OneArtifact(Endpoint):
    """GET: one file of a submission, as an attachment; in whole or, by Range, in part."""

    permission_classes = [IsAuthenticated, TokenScope]
    content_negotiation_class = AnyForm
    tag = "Submissions"
    refuses = {"GET": {416}}

    @extend_schema(
        operation_id="download_artifact",
        parameters=[
            OpenApiParameter("role", str, "path", enum=ROLES),
            OpenApiParameter("Range", str, "header", description="bytes=FIRST-LAST, one range."),
        ],
        responses={(200, _BYTES): _FILE, (206, _BYTES): _FILE},
    )
    def get(self, request: Request, pk: int, role: str) -> HttpResponseBase:
        submission = visible_submission(person(request), pk)
        artifact = _files(submission).get(role)
        if artifact is None:
            raise Http404
        content = partial(read, artifact)
        answer = ranged(request._request, content, content_type=_BYTES, etag=tag(artifact.sha256))
        if answer.status_code in {200, 206}:
            answer["Content-Disposition"] = f'attachment; filename="{_name(submission, role)}"'
        return answer


def _files(submission: Submission) -> dict[str, Artifact]:
    sent = {"group": submission.group_source, "patch": submission.patch_source}
    return {role: artifact for role, artifact in sent.items() if artifact is not None}


def _name(submission: Submission, role: str) -> str:
    is_model = role == "patch" and submission.patch_kind == Submission.PatchKind.ONNX
    return f"{role}-{submission.pk}.{'onnx' if is_model else 'py'}"
