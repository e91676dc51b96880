"""A file, or the part of it that was asked for, so that a download that broke off is taken up again (RFC 9110, 14)."""

import re
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse

from bounty.api.problems import MEDIA_TYPE, problem
from bounty.entity_tags import unchanged

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def ranged(request: HttpRequest, read: Callable[[], bytes], *, content_type: str, etag: str) -> HttpResponse:
    """200 with all of what ``read`` gives, 206 with one range of it, 416 where it has no such bytes; 304 to who has it,
    for whom it is not read.

    Several ranges at once, a unit that is not bytes, and an ``If-Range`` that is no longer true are answered in full,
    as the standard allows and asks.
    """
    response = unchanged(request, etag) or _asked(request, read(), content_type, etag)
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    return response


def _asked(request: HttpRequest, content: bytes, content_type: str, etag: str) -> HttpResponse:
    found = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    still = request.headers.get("If-Range", etag).strip() == etag
    if found is None or not still or found[0] == "bytes=-":
        return HttpResponse(content, content_type=content_type)
    start, stop = _bounds(found[1], found[2], len(content))
    if start >= stop:
        return _unsatisfiable(len(content))
    part = HttpResponse(content[start:stop], status=206, content_type=content_type)
    part["Content-Range"] = f"bytes {start}-{stop - 1}/{len(content)}"
    return part


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """From, and up to but without; empty where nothing of it exists."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1, size) if last else size


def _unsatisfiable(size: int) -> HttpResponse:
    sentence = f"The file has {size:,} bytes, and none of those that were asked for."
    body = problem(416, "RANGE_NOT_SATISFIABLE", sentence, numbers={"size_bytes": size})
    return JsonResponse(body, status=416, content_type=MEDIA_TYPE, headers={"Content-Range": f"bytes */{size}"})
