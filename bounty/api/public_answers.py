"""What a version of the hosted model answers on the public rows: what an entrant's program looks for faults in."""

from typing import Final

import pandas as pd
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from bounty import arrays
from bounty.api.authentication import person
from bounty.api.competitions import visible_competition
from bounty.api.data import AnyForm
from bounty.api.endpoint import Endpoint
from bounty.api.permissions import TokenScope
from bounty.entity_tags import tag, unchanged
from bounty.models import HostedModelVersion
from bounty.policies import check_may_download
from bounty.samples import readable_answers

_CSV: Final = "text/csv; charset=utf-8"


class PublicAnswers(Endpoint):
    """GET: a version's answers on train, then validation, one a row, as CSV; for those who accepted the rules."""

    permission_classes = [IsAuthenticated, TokenScope]
    content_negotiation_class = AnyForm
    refuses = {"GET": {409}}

    @extend_schema(operation_id="download_answers", responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def get(self, request: Request, slug: str, number: int) -> HttpResponseBase:
        competition = visible_competition(request, slug)
        check_may_download(person(request), competition)
        version = get_object_or_404(HostedModelVersion, competition=competition, number=number)
        etag = tag(version.public_answers)
        response = unchanged(request._request, etag) or _attachment(version)
        response["ETag"] = etag
        return response


def _attachment(version: HostedModelVersion) -> HttpResponse:
    words = readable_answers(version.competition, arrays.load(version.public_answers))
    content = pd.DataFrame({"answer": words}).to_csv(index=False, lineterminator="\n")
    name = f"{version.competition.slug}-answers-{version.number}.csv"
    return HttpResponse(content, content_type=_CSV, headers={"Content-Disposition": f'attachment; filename="{name}"'})
