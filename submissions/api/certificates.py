"""Certificates: listed, handed out as the bytes that were signed, verified."""

from collections.abc import Mapping
from typing import IO, Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.throttling import AnonRateThrottle

from bounty.api.competitions import visible_competition
from bounty.api.data import AnyForm
from bounty.api.endpoint import Endpoint, ListEndpoint
from bounty.api.permissions import Scope, TokenScope
from bounty.errors import Fault, Refused
from bounty.signing import public_keys
from scoring.statements import MAX_BYTES, Statement, StatementError, verify
from submissions.models import Certificate


class CertificateSummary(serializers.ModelSerializer[Certificate]):
    """Which claim it is of, the digest it is known by, and where its statements lie."""

    url = serializers.HyperlinkedIdentityField(view_name="api-certificate")
    closing_url = serializers.SerializerMethodField(help_text="Of the second statement, from the close on.")
    submission = serializers.IntegerField(source="candidate.submission_id")
    version = serializers.IntegerField(source="version.number", help_text="The one it was tested against.")

    class Meta:
        model = Certificate
        fields = ["url", "closing_url", "id", "digest", "issued_at", "submission", "version"]

    def get_closing_url(self, certificate: Certificate) -> str | None:
        if not certificate.closing_document:
            return None
        return reverse("api-certificate-closing", args=[certificate.pk], request=self.context["request"])


_SIGNED = OpenApiResponse(OpenApiTypes.OBJECT, description="The bytes that were signed.")


class StatementSerializer(serializers.Serializer[Any]):
    """What a valid statement says."""

    kind = serializers.CharField()
    digest = serializers.CharField()
    key = serializers.CharField()
    statement = serializers.DictField()


class VerifiedSerializer(serializers.Serializer[Any]):
    """Whether this site signed it, or which check failed."""

    valid = serializers.BooleanField()
    code = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)
    statements = StatementSerializer(many=True)


@extend_schema_view(get=extend_schema(operation_id="list_certificates"))
class Certificates(ListEndpoint[Certificate]):
    """GET: the competition's certificates, newest first."""

    serializer_class = CertificateSummary

    def get_queryset(self) -> QuerySet[Certificate]:
        competition = visible_competition(self.request, self.kwargs["slug"])
        found = Certificate.objects.visible_to(self.request.user).filter(version__competition=competition)
        return found.select_related("candidate", "version")


class OneCertificate(Endpoint):
    """GET: the signed statement, byte for byte as it is stored."""

    content_negotiation_class = AnyForm
    refuses = {"GET": {409}}

    @extend_schema(operation_id="get_certificate", responses=_SIGNED)
    def get(self, request: Request, pk: int) -> HttpResponse:
        found = _visible(request, pk)
        if not found.document:
            sentence = "This certificate was made before statements were signed."
            raise Refused("CERTIFICATE_UNSIGNED", sentence, fault=Fault.PLATFORM)
        return _file(found.document, f"certificate-{pk}.json")


class Closing(Endpoint):
    """GET: the second statement, with the sealed numbers; from the close on."""

    content_negotiation_class = AnyForm
    refuses = {"GET": {409}}

    @extend_schema(operation_id="get_closing_statement", responses=_SIGNED)
    def get(self, request: Request, pk: int) -> HttpResponse:
        found = _visible(request, pk)
        if not found.closing_document:
            raise Refused("SEALED_UNTIL_CLOSE", "The sealed numbers are stated when the competition closes.")
        return _file(found.closing_document, f"certificate-{pk}-closing.json")


class BytesParser(BaseParser):
    """What was sent, as it was sent: what a JSON parser forgives must not be lost before it is looked for."""

    media_type = "*/*"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, bytes]:
        return {"document": bytes(stream.read(MAX_BYTES + 1))}


class VerifyThrottle(AnonRateThrottle):
    """It costs little, and nobody needs it many times a second: the check runs offline too."""

    rate = "120/min"
    scope = "verify"


class Verify(Endpoint):
    """POST: a statement, or a certificate with the statement that closes it; says whether this site signed it."""

    permission_classes = [AllowAny, TokenScope]
    parser_classes = [BytesParser]
    throttle_classes = [VerifyThrottle]
    write_scope = Scope.READ  # nothing is written

    @extend_schema(
        operation_id="verify_certificate",
        request={"application/json": OpenApiTypes.OBJECT},
        responses=VerifiedSerializer,
    )
    def post(self, request: Request) -> Response:
        try:
            sent = request.data if isinstance(request.data, dict) else {}  # an empty body is not parsed
            found = verify(sent.get("document", b""), public_keys())
        except StatementError as error:
            return Response({"valid": False, "code": str(error.code), "detail": error.sentence, "statements": []})
        return Response({"valid": True, "code": "", "detail": "", "statements": [_as_json(each) for each in found]})


def _as_json(statement: Statement) -> dict[str, Any]:
    return {"kind": statement.kind, "digest": statement.digest, "key": statement.key, "statement": statement.content}


def _visible(request: Request, pk: int) -> Certificate:
    return get_object_or_404(Certificate.objects.visible_to(request.user), pk=pk)


def _file(document: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(document.encode(), content_type="application/json", headers=headers)
