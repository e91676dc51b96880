"""Entity tags: what names an answer, and what a client that names one is spared or refused (RFC 9110, 8.8.3, 13)."""

import hashlib
from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

# What a 304 says beside the tag: how long to keep what one has, and what is left of limits.
_KEPT: Final = ("Cache-Control", "Vary", "RateLimit", "RateLimit-Policy")


def tag_of(content: bytes) -> str:
    """The tag of an answer that has no other name."""
    return tag(hashlib.sha256(content).hexdigest()[:32])


def tag(name: str) -> str:
    """The tag of what ``name``, a digest with or without a form, stands for."""
    return f'"{name}"'


def unchanged(request: HttpRequest, known_as: str, headers: Mapping[str, str] | None = None) -> HttpResponse | None:
    """304, with what belongs into it of the answer's ``headers``, to who has what is ``known_as`` that; else None.

    Compared weakly, as the standard asks: a proxy that packs answers weakens their tags.
    """
    named = [one.removeprefix("W/") for one in _listed(request, "If-None-Match")]
    if known_as not in named and named != ["*"]:
        return None
    kept = {name: value for name, value in (headers or {}).items() if name in _KEPT}
    return HttpResponseNotModified(headers=kept | {"ETag": known_as})


def is_expected(request: HttpRequest, known_as: str) -> bool:
    """Whether an edit may go on: it names no tag by ``If-Match``, or this one."""
    named = _listed(request, "If-Match")
    return named in ([], ["*"]) or known_as in named


def _listed(request: HttpRequest, header: str) -> list[str]:
    return [one.strip() for one in request.headers.get(header, "").split(",") if one.strip()]
