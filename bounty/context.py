"""What every template knows."""

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest

THEMES: Final = ("light", "dark")
THEME_COOKIE: Final = "theme"


def site(request: HttpRequest) -> dict[str, Any]:
    """The site's name, whether one may sign up, and the colours that this browser asked for (empty: the system's)."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    known = theme if theme in THEMES else ""
    return {"site_name": settings.SITE_NAME, "theme": known, "sign_up_open": settings.SIGN_UP_OPEN}
