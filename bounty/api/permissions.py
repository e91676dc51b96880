"""What a token may do, whatever its account may do."""

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from bounty.errors import NotAllowed
from bounty.models import ApiToken

if TYPE_CHECKING:  # views import the default permissions while they are being loaded
    from rest_framework.views import APIView

Scope = ApiToken.Scope


class TokenScope(BasePermission):
    """A token reaches as far as its scopes; a browser's session as far as its account.

    Reading needs ``read``. Any other method needs the view's ``write_scope``, by default ``submit``.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        check_scope(
            request, Scope.READ if request.method in SAFE_METHODS else getattr(view, "write_scope", Scope.SUBMIT)
        )
        return True


def check_scope(request: Request, needed: Scope) -> None:
    """Raises NotAllowed for a token that does not have the scope."""
    token = request.auth
    if isinstance(token, ApiToken) and needed not in token.scopes:
        sentence = f"This token does not have the scope {needed}; make one that has."
        raise NotAllowed("TOKEN_SCOPE", sentence, needed=str(needed), scopes=list(token.scopes))
