"""How accounts come about: by sign-up with a confirmed address, or by whoever runs the site."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from bounty.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Where allauth asks this site what it wants."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGN_UP_OPEN)

    def clean_email(self, email: str) -> str:
        """An address whose host has no form that mail servers write would fail when it is written to."""
        try:
            email.rpartition("@")[2].encode("idna")
        except UnicodeError as error:
            raise ValidationError("This is no e-mail address.") from error
        cleaned: str = super().clean_email(email)
        return cleaned

    def pre_login(self, request: HttpRequest, user: User, **about: Any) -> HttpResponse | None:
        """An account that did not come by sign-up was made by whoever runs the site, who vouches for its address."""
        if user.email and not EmailAddress.objects.filter(user=user).exists():
            taken = EmailAddress.objects.filter(email__iexact=user.email, verified=True).exists()
            vouched = {"primary": True, "verified": not taken}
            EmailAddress.objects.get_or_create(user=user, email=user.email.lower(), defaults=vouched)
        response: HttpResponse | None = super().pre_login(request, user, **about)
        return response


def is_confirmed(user: User) -> bool:
    """Whether the account's address was confirmed, or the account was made by whoever runs the site."""
    addresses = EmailAddress.objects.filter(user=user)
    return addresses.filter(verified=True).exists() or not addresses.exists()
