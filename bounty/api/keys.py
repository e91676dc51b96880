"""The public keys of this site's statements."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bounty.signing import current_key_id, public_keys
from scoring.statements import as_jwk


class Keys(APIView):
    """GET: every key that statements were ever signed with, as a JSON Web Key Set; ``current`` is the one in use."""

    def get(self, request: Request) -> Response:
        return Response({"keys": [as_jwk(key) for key in public_keys().values()], "current": current_key_id()})
