"""The admin site in the project's name. Outside bounty.admin, which registers with it when it is imported."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse


class BountyAdminSite(AdminSite):
    site_header = "Bounty: administration"
    site_title = "Bounty"
    index_title = "What is stored"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """By the site's own form, which slows down whoever guesses: the admin's would let them try for ever."""
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context=extra_context)
        return response
