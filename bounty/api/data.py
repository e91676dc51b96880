"""The data dictionary, and the public splits to download."""

import base64
from typing import Any, Final

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from bounty import public_data, public_terms
from bounty.api.authentication import person
from bounty.api.competitions import visible_competition
from bounty.api.permissions import TokenScope
from bounty.models import DataColumn, DataSplit
from bounty.policies import check_may_download

_MEDIA_TYPES: Final = {"parquet": "application/vnd.apache.parquet", "csv": "text/csv; charset=utf-8"}


class ColumnSerializer(serializers.ModelSerializer[DataColumn]):
    """One column, described from public rows only."""

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


class Columns(APIView):
    """GET: the data dictionary."""

    def get(self, request: Request, slug: str) -> Response:
        columns = visible_competition(request, slug).data_columns.all()
        return Response({"columns": ColumnSerializer(columns, many=True).data})


class Splits(APIView):
    """GET: the splits with their sizes; the public ones with their digests and downloads."""

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


class Download(APIView):
    """GET: one public split as Parquet or CSV, for those who accepted the rules. Answers 304 to a known ETag.

    Or ``competition.yaml``: what a dry run must know of it.
    """

    permission_classes = [IsAuthenticated, TokenScope]
    content_negotiation_class = AnyForm

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
        etag = f'"{split.sha256}"' if form == "parquet" else f'"{split.sha256}-{form}"'
        response = get_conditional_response(request._request, etag=etag) or _attachment(split, form)
        response["ETag"] = etag
        return response


def _attachment(split: DataSplit, form: str) -> HttpResponse:
    content = public_data.read_split(split) if form == "parquet" else public_data.as_csv(split)
    response = HttpResponse(content, content_type=_MEDIA_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{split.competition.slug}-{split.name}.{form}"'
    if form == "parquet":  # RFC 9530, of the bytes as they are sent
        response["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(split.sha256)).decode()}:"
    return response
