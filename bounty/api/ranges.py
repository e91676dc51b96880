"""A file, or the part of it that was asked for, so that a download that broke off is taken up again (RFC 9110, 14)."""

import re
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse

from bounty.api.problems import MEDIA_TYPE, problem

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def ranged(request: HttpRequest, content: bytes, *, content_type: str, etag: str) -> HttpResponse:
    """200 with all of ``content``, 206 with one range of it, 416 where it has no such bytes, 304 to who has it.

    Several ranges at once, a unit that is not bytes, and an ``If-Range`` that is no longer true are answered in full,
    as the standard allows and asks.
    """
    if _has(request, "If-None-Match", etag):
        return _tagged(HttpResponse(status=304), etag)
    found = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    still = request.headers.get("If-Range", etag).strip() == etag
    if found is None or not still or found[0] == "bytes=-":
        return _tagged(HttpResponse(content, content_type=content_type), etag)
    start, stop = _bounds(found[1], found[2], len(content))
    if start >= stop:
        return _tagged(_unsatisfiable(len(content)), etag)
    part = HttpResponse(content[start:stop], status=206, content_type=content_type)
    part["Content-Range"] = f"bytes {start}-{stop - 1}/{len(content)}"
    return _tagged(part, etag)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """From, and up to but without; empty where nothing of it exists."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1, size) if last else size


def _has(request: HttpRequest, header: str, etag: str) -> bool:
    shown = [one.strip().removeprefix("W/") for one in request.headers.get(header, "").split(",")]
    return etag in shown or "*" in shown


def _unsatisfiable(size: int) -> HttpResponse:
    sentence = f"The file has {size:,} bytes, and none of those that were asked for."
    body = problem(416, "RANGE_NOT_SATISFIABLE", sentence, numbers={"size_bytes": size})
    return JsonResponse(body, status=416, content_type=MEDIA_TYPE, headers={"Content-Range": f"bytes */{size}"})


def _tagged(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    if response.status_code == 304:
        del response["Content-Type"]
    return response
