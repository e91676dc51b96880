"""The account behind a request."""

from django.http import HttpRequest

from bounty.errors import NotAllowed
from bounty.models import User


def person(request: HttpRequest) -> User:
    """Whoever is signed in; pages that need an account have asked for it before."""
    if not isinstance(request.user, User):
        raise NotAllowed("SIGN_IN", "Sign in first.")
    return request.user
