"""Who is asking: a program that shows an API token."""

import datetime as dt
import hashlib
from typing import Final

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from bounty import clock
from bounty.models import ApiToken, User

_USED_EVERY: Final = dt.timedelta(minutes=1)  # how exactly "last used" is kept: not a write for every read


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer TOKEN``. Only its sha256 is known here: nothing stored can be shown as a token."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, shown = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        digest = hashlib.sha256(shown.strip()).hexdigest()
        token = ApiToken.objects.select_related("user").filter(sha256=digest).first()
        if token is None or not token.user.is_active:
            raise AuthenticationFailed("No such token: check that it was copied whole.", code="TOKEN_UNKNOWN")
        _check_valid(token)
        _mark_used(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def _check_valid(token: ApiToken) -> None:
    if token.revoked_at is not None:
        raise AuthenticationFailed("This token was revoked; make a new one.", code="TOKEN_REVOKED")
    if token.expires_at is not None and token.expires_at <= clock.now():
        raise AuthenticationFailed("This token has expired; make a new one.", code="TOKEN_EXPIRED")


def _mark_used(token: ApiToken) -> None:
    now = clock.now()
    if token.last_used_at is None or token.last_used_at < now - _USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def person(request: Request) -> User:
    """The account behind the request; anonymous requests are asked to authenticate."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user
