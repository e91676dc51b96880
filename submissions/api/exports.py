"""A version of the hosted model as a file."""

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

from bounty.api.authentication import person
from bounty.api.competitions import visible_competition
from bounty.api.data import AnyForm
from bounty.api.endpoint import Endpoint
from bounty.api.permissions import TokenScope
from bounty.entity_tags import tag, unchanged
from bounty.models import HostedModelVersion
from submissions.actions.export_version import FORMS, Exported, export_version

_FILE: Final = OpenApiResponse(OpenApiTypes.BINARY, description="The file.")


class ExportQuery(serializers.Serializer[Any]):
    """What it is to be."""

    form = serializers.CharField(required=False, default="module", help_text=f"One of: {', '.join(FORMS)}.")


class ExportThrottle(UserRateThrottle):
    """The first request for a version and form trains every model of the version again; files may be large."""

    rate = "10/min"
    scope = "exports"


class Export(Endpoint):
    """GET: the version as a Python module (``?form=module``) or as ONNX (``?form=onnx``), for those who accepted the
    rules."""

    permission_classes = [IsAuthenticated, TokenScope]
    throttle_classes = [ExportThrottle]
    content_negotiation_class = AnyForm
    query = ExportQuery
    refuses = {"GET": {409}}

    @extend_schema(
        operation_id="export_version",
        responses={(200, media_type.partition(";")[0]): _FILE for _, media_type in FORMS.values()},
    )
    def get(self, request: Request, slug: str, number: int) -> HttpResponse:
        versions = HostedModelVersion.objects.filter(competition=visible_competition(request, slug))
        version = get_object_or_404(versions.select_related("competition"), number=number)
        exported = export_version(person(request), version, self.asked["form"])
        answer = unchanged(request._request, tag(exported.sha256)) or _attachment(exported)
        answer["ETag"] = tag(exported.sha256)
        return answer


def _attachment(exported: Exported) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{exported.name}"'}
    return HttpResponse(exported.content, content_type=exported.media_type, headers=headers)
