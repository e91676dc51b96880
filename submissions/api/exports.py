"""A version of the hosted model as a file."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from bounty.api.authentication import person
from bounty.api.competitions import visible_competition
from bounty.api.data import AnyForm
from bounty.api.permissions import TokenScope
from bounty.models import HostedModelVersion
from submissions.actions.export_version import export_version


class Export(APIView):
    """GET: the version as a Python module (``?form=module``) or as ONNX (``?form=onnx``), for those who accepted the
    rules."""

    permission_classes = [IsAuthenticated, TokenScope]
    content_negotiation_class = AnyForm

    def get(self, request: Request, slug: str, number: int) -> HttpResponse:
        versions = HostedModelVersion.objects.filter(competition=visible_competition(request, slug))
        version = get_object_or_404(versions.select_related("competition"), number=number)
        exported = export_version(person(request), version, request.query_params.get("form", "module"))
        headers = {"Content-Disposition": f'attachment; filename="{exported.name}"'}
        return HttpResponse(exported.content, content_type=exported.media_type, headers=headers)
