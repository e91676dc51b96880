"""The OpenAPI document of the API, as it is checked in; a test holds it to the endpoints."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from bounty.api.data import AnyForm
from bounty.api.endpoint import Endpoint

FILE: Final = Path(settings.BASE_DIR) / "templates" / "docs" / "openapi.yaml"


@cache
def as_yaml() -> bytes:
    return FILE.read_bytes()


@cache
def as_json() -> bytes:
    return json.dumps(yaml.load(as_yaml(), yaml.CSafeLoader)).encode()


class _AsItIs(BaseRenderer):
    charset = None

    def render(self, data: Any, *_: Any, **__: Any) -> bytes:
        return bytes(data)


class AsYaml(_AsItIs):
    media_type = "application/yaml"
    format = "yaml"


class AsJson(_AsItIs):
    media_type = "application/json"
    format = "json"


class JsonDocument(Endpoint):
    """GET: this document, as JSON."""

    permission_classes = [AllowAny]
    content_negotiation_class = AnyForm
    renderer_classes = [AsJson]

    @extend_schema(operation_id="get_openapi_json", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        return Response(as_json())


class YamlDocument(Endpoint):
    """GET: this document, as YAML."""

    permission_classes = [AllowAny]
    content_negotiation_class = AnyForm
    renderer_classes = [AsYaml]

    @extend_schema(operation_id="get_openapi_yaml", responses={(200, "application/yaml"): OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        return Response(as_yaml())
