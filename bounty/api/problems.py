"""Every error of the API as one kind of document: RFC 9457 problem+json, with our stable codes."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from bounty import clock
from bounty.errors import BountyError, Fault, LimitReached

MEDIA_TYPE: Final = "application/problem+json"
DOCUMENTATION: Final = "/docs/errors"
_RETRY_SOON_S: Final = 5  # for limits that end when work in flight does, at no time known beforehand

_NOT_FOUND: Final = "There is nothing here, or it is not yours to see."
# The framework's own refusals in our words. Those it words better itself (a missing field, a method) keep its sentence.
_CODES: Final[dict[type[exceptions.APIException], tuple[str, str]]] = {
    exceptions.NotFound: ("NOT_FOUND", _NOT_FOUND),
    exceptions.NotAuthenticated: ("NOT_AUTHENTICATED", "Send an API token as Authorization: Bearer TOKEN, or sign in."),
    exceptions.PermissionDenied: ("NOT_ALLOWED", ""),
    exceptions.ParseError: ("MALFORMED_REQUEST", ""),
    exceptions.MethodNotAllowed: ("METHOD_NOT_ALLOWED", ""),
    exceptions.NotAcceptable: ("NOT_ACCEPTABLE", ""),
    exceptions.UnsupportedMediaType: ("UNSUPPORTED_MEDIA_TYPE", ""),
    exceptions.Throttled: ("TOO_MANY_REQUESTS", ""),
}


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """The problem that ``exc`` is. None for a defect of ours, which Django then logs and answers (see server_error)."""
    if isinstance(exc, BountyError):
        body, headers = of_bounty_error(exc), _retry_after(exc)
    elif isinstance(exc, exceptions.APIException):
        body, headers = _of_framework(exc), _framework_headers(exc)
    elif isinstance(exc, Http404 | PermissionDenied | SuspiciousOperation):
        body, headers = _of_django(exc), {}
    else:
        return None
    set_rollback()
    return Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)


def problem(status: int, code: str, sentence: str, *, fault: str = Fault.ENTRANT, **more: Any) -> dict[str, Any]:
    """A problem document; ``more`` holds what is only sometimes there, and is left out where empty."""
    body = {
        "type": f"{DOCUMENTATION}#{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": str(sentence),
        "code": code,
        "fault": str(fault),
    }
    return body | {key: value for key, value in more.items() if value}


def of_bounty_error(error: BountyError) -> dict[str, Any]:
    """One of our own refusals, with its numbers."""
    return problem(
        error.status, error.code, error.sentence, fault=error.fault, field=error.field, numbers=dict(error.detail)
    )


@csrf_exempt  # the refusal of a missing token would be a page
def not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """For an address under the API that names no endpoint."""
    return JsonResponse(problem(404, "NOT_FOUND", _NOT_FOUND), status=404, content_type=MEDIA_TYPE)


def server_error(request: HttpRequest) -> HttpResponse:
    """For a defect of ours: nothing of it is told. Pages keep their own answer."""
    if not request.path_info.startswith("/api/"):
        return defaults.server_error(request)
    sentence = "The platform made a mistake; your request was not carried out. Try again, and tell us if it stays so."
    body = problem(500, "PLATFORM_ERROR", sentence, fault=Fault.PLATFORM)
    return JsonResponse(body, status=500, content_type=MEDIA_TYPE)


def _of_django(exc: Http404 | PermissionDenied | SuspiciousOperation) -> dict[str, Any]:
    if isinstance(exc, Http404):
        return problem(404, "NOT_FOUND", _NOT_FOUND)
    if isinstance(exc, PermissionDenied):
        return problem(403, "NOT_ALLOWED", str(exc) or "You may not do this.")
    if isinstance(exc, RequestDataTooBig):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        sentence = f"The request is larger than the {limit:,} bytes that are read."
        return problem(413, "REQUEST_TOO_LARGE", sentence, numbers={"limit_bytes": limit})
    return problem(400, "MALFORMED_REQUEST", "The request has more fields or files, or longer names, than are read.")


def _of_framework(exc: exceptions.APIException) -> dict[str, Any]:
    if isinstance(exc, exceptions.ValidationError):
        errors = list(_field_errors(exc.get_full_details()))
        listed = "; ".join(f"{error['field'] or 'request'}: {error['detail']}" for error in errors)
        return problem(422, "INVALID_INPUT", listed, field=errors[0]["field"] if errors else "", errors=errors)
    code, sentence = _CODES.get(type(exc), (str(exc.get_codes()).upper(), ""))
    return problem(exc.status_code, code, sentence or str(exc.detail))


def _field_errors(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """The framework's nested messages as a flat list; ``field`` is a dotted path."""
    if isinstance(details, list):
        for position, item in enumerate(details):
            leaf = isinstance(item, dict) and set(item) == {"message", "code"}
            yield from _field_errors(item, path if leaf else f"{path}.{position}".lstrip("."))
    elif set(details) == {"message", "code"} and not isinstance(details["message"], dict | list):
        yield {"field": path, "code": str(details["code"]), "detail": str(details["message"])}
    else:
        for name, item in details.items():
            step = "" if name == "non_field_errors" else str(name)
            yield from _field_errors(item, f"{path}.{step}".strip("."))


def _framework_headers(exc: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = str(header)
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return headers


def _retry_after(error: BountyError) -> dict[str, str]:
    """When a used-up limit is worth asking again, in whole seconds, never 0."""
    if not isinstance(error, LimitReached):
        return {}
    resets_at = error.detail.get("resets_at")
    if isinstance(resets_at, str):
        resets_at = dt.datetime.fromisoformat(resets_at)
    if not isinstance(resets_at, dt.datetime):
        return {"Retry-After": str(_RETRY_SOON_S)}
    return {"Retry-After": str(max(1, int((resets_at - clock.now()).total_seconds()) + 1))}
