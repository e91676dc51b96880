"""The data dictionary, and the public splits to download."""

import base64
from functools import partial
from typing import Any, Final

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from bounty import public_data, public_terms
from bounty.api.authentication import person
from bounty.api.competitions import visible_competition
from bounty.api.endpoint import Endpoint
from bounty.api.permissions import TokenScope
from bounty.api.ranges import ranged
from bounty.entity_tags import tag
from bounty.models import DataColumn, DataSplit
from bounty.policies import check_may_download

_MEDIA_TYPES: Final = {"parquet": "application/vnd.apache.parquet", "csv": "text/csv; charset=utf-8"}


class ColumnSerializer(serializers.ModelSerializer[DataColumn]):
    """One column, described from public rows only."""

    summary = serializers.DictField()

    class Meta:
        model = DataColumn
        fields = ["name", "role", "kind", "demographic", "description", "missing_share", "summary"]


class SplitSerializer(serializers.ModelSerializer[DataSplit]):
    """One split: public ones with their digest and their downloads, hidden ones with their size only: an unsalted
    digest would confirm guessed rows. What binds them is the competition's commitment."""

    public = serializers.BooleanField(source="is_public")
    sha256 = serializers.SerializerMethodField(help_text="Of the Parquet file; empty of hidden splits.")
    downloads = serializers.SerializerMethodField()

    class Meta:
        model = DataSplit
        fields = ["name", "public", "rows", "units", "size_bytes", "sha256", "downloads"]

    def get_sha256(self, split: DataSplit) -> str:
        return split.sha256 if split.is_public else ""

    def get_downloads(self, split: DataSplit) -> dict[str, str]:
        if not split.is_public:
            return {}
        slug, request = self.context["slug"], self.context["request"]
        return {
            form: reverse("api-split-download", args=[slug, split.name, form], request=request) for form in _MEDIA_TYPES
        }


class Dictionary(serializers.Serializer[Any]):
    """The data dictionary."""

    columns = ColumnSerializer(many=True)


class SplitList(serializers.Serializer[Any]):
    """All splits of a competition."""

    splits = SplitSerializer(many=True)


class Columns(Endpoint):
    """GET: the data dictionary: every column, described from public rows."""

    @extend_schema(operation_id="list_columns", responses=Dictionary)
    def get(self, request: Request, slug: str) -> Response:
        columns = visible_competition(request, slug).data_columns.all()
        return Response({"columns": ColumnSerializer(columns, many=True).data})


class Splits(Endpoint):
    """GET: the splits with their sizes; the public ones with their digests and downloads."""

    @extend_schema(operation_id="list_splits", responses=SplitList)
    def get(self, request: Request, slug: str) -> Response:
        splits = visible_competition(request, slug).splits.all()
        context = {"request": request, "slug": slug}
        return Response({"splits": SplitSerializer(splits, many=True, context=context).data})


class AnyForm(BaseContentNegotiation):
    """The address names the form of the file: whatever else the client says it accepts, that is what it gets."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


_FILE: Final = OpenApiResponse(OpenApiTypes.BINARY, description="The file.")
_PART: Final = OpenApiResponse(OpenApiTypes.BINARY, description="The part that was asked for by Range.")
_TERMS: Final = OpenApiResponse(OpenApiTypes.OBJECT, description="What a dry run must know.")


class Download(Endpoint):
    """GET: one public split as Parquet or CSV, for those who accepted the rules. In whole or, by Range, in part; 304 to
    a known ETag. Or ``competition.yaml``: what a dry run must know of the competition.
    """

    permission_classes = [IsAuthenticated, TokenScope]
    content_negotiation_class = AnyForm
    refuses = {"GET": {409, 416}}

    @extend_schema(
        operation_id="download_split",
        parameters=[
            OpenApiParameter("name", str, "path", enum=[*DataSplit.PUBLIC, public_terms.NAME]),
            OpenApiParameter("form", str, "path", enum=[*_MEDIA_TYPES, public_terms.FORM]),
            OpenApiParameter("Range", str, "header", description="bytes=FIRST-LAST, one range."),
            OpenApiParameter("If-Range", str, "header", description="The ETag of the part one has."),
        ],
        responses={
            **{(status, form): kind for status, kind in ((200, _FILE), (206, _PART)) for form in _MEDIA_TYPES.values()},
            (200, public_terms.MEDIA_TYPE): _TERMS,
        },
    )
    def get(self, request: Request, slug: str, name: str, form: str) -> HttpResponseBase:
        competition = visible_competition(request, slug)
        if (name, form) == (public_terms.NAME, public_terms.FORM):
            headers = {"Content-Disposition": 'attachment; filename="competition.yaml"'}
            content = public_terms.as_yaml(competition)
            return HttpResponse(content, content_type=public_terms.MEDIA_TYPE, headers=headers)
        if form not in _MEDIA_TYPES or name not in DataSplit.PUBLIC:
            raise Http404
        split = get_object_or_404(competition.splits, name=name)
        check_may_download(person(request), competition)
        return _attachment(request, split, form)


def _attachment(request: Request, split: DataSplit, form: str) -> HttpResponse:
    etag = tag(split.sha256 if form == "parquet" else f"{split.sha256}-{form}")
    read = partial(public_data.read_split if form == "parquet" else public_data.as_csv, split)
    response = ranged(request._request, read, content_type=_MEDIA_TYPES[form], etag=etag)
    if response.status_code not in {200, 206}:
        return response
    response["Content-Disposition"] = f'attachment; filename="{split.competition.slug}-{split.name}.{form}"'
    if form == "parquet":  # RFC 9530, of the whole file, also where a part of it is sent
        response["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(split.sha256)).decode()}:"
    return response
