"""The public keys of this site's statements."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from bounty.api.endpoint import Endpoint
from bounty.signing import current_key_id, public_keys
from scoring.statements import as_jwk


class KeySet(serializers.Serializer[Any]):
    """A JSON Web Key Set, and which of its keys signs now."""

    keys = serializers.ListField(child=serializers.DictField())
    current = serializers.CharField()


class Keys(Endpoint):
    """GET: every key that statements were ever signed with, as a JSON Web Key Set; ``current`` is the one in use."""

    tag = "Certificates"

    @extend_schema(operation_id="list_keys", responses=KeySet)
    def get(self, request: Request) -> Response:
        return Response({"keys": [as_jwk(key) for key in public_keys().values()], "current": current_key_id()})
