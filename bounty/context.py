"""What every template knows."""

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest

THEMES: Final = ("light", "dark")
THEME_COOKIE: Final = "theme"


def site(request: HttpRequest) -> dict[str, Any]:
    """The site's name, and the colours that this browser asked for (empty: what the system says)."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {"site_name": settings.SITE_NAME, "theme": theme if theme in THEMES else ""}
