"""What every endpoint has in common: known parameters, entity tags, limits that say how far off they are."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final, TypeVar

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from rest_framework import generics, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle
from rest_framework.views import APIView

from bounty.entity_tags import is_expected, tag_of, unchanged
from bounty.errors import Changed, Invalid

PAGING: Final = frozenset({"limit", "cursor"})
_Row = TypeVar("_Row", bound=Model)


class NoQuery(serializers.Serializer[Any]):
    """An address that takes no parameters."""


class Endpoint(APIView):
    """``query`` declares what may stand behind the ``?`` of a GET; anything else is refused, as a misspelt filter that
    is ignored would answer with rows that nobody asked for.

    Answers to GET carry an ``ETag``; a known one, sent as ``If-None-Match``, is answered with 304.
    """

    query: ClassVar[type[serializers.Serializer[Any]]] = NoQuery
    asked: dict[str, Any]  # the parameters, checked
    _throttles: list[BaseThrottle] | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.asked = self._read_query(request)

    def finalize_response(self, request: Request, response: HttpResponse, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]  # the framework hands through whatever a view returns
        if isinstance(response, Response) and response.exception:
            # A refusal is never CSV; and that of every form that was asked for has none of its own.
            request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
        final = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]  # files too
        for name, value in limit_headers(self._throttles or []).items():
            final.setdefault(name, value)
        if isinstance(final, Response) and request.method in {"GET", "HEAD"} and final.status_code == 200:
            final.setdefault("Cache-Control", "private, no-cache")
            patch_vary_headers(final, ["Authorization"])
            final.add_post_render_callback(lambda rendered: _known(request._request, rendered))
        return final

    def get_throttles(self) -> list[BaseThrottle]:
        """The same objects each time: what they have counted is told in the answer's headers."""
        if self._throttles is None:
            self._throttles = super().get_throttles()
        return self._throttles

    def _read_query(self, request: Request) -> dict[str, Any]:
        reads = request.method in {"GET", "HEAD"}
        asked = (self.query if reads else NoQuery)(data=request.query_params)
        paged = PAGING if reads and getattr(self, "pagination_class", None) else frozenset()
        known = {*asked.fields, *paged}
        if unknown := sorted(set(request.query_params) - known):
            takes = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
            sentence = f"This address knows no parameter {unknown[0][:40]!r}; {takes}."
            raise Invalid("UNKNOWN_PARAMETER", sentence, field=unknown[0][:40])
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)


class ListEndpoint(Endpoint, generics.ListAPIView[_Row]):
    """A list in pages, by cursor."""


def check_unchanged(request: Request, shown: Any) -> None:
    """Where the request names by ``If-Match`` what it has read, raises Changed unless that is what is ``shown`` still.

    The caller holds the row's lock, so that nobody changes it between this and the edit.
    """
    if not is_expected(request._request, tag_of(JSONRenderer().render(shown))):
        raise Changed("CHANGED_MEANWHILE", "This has changed since you read it; read it again, then edit.")


def limit_headers(throttles: Sequence[BaseThrottle]) -> dict[str, str]:
    """``RateLimit-Policy`` and ``RateLimit`` of draft-ietf-httpapi-ratelimit-headers-10, of the limits that applied."""
    counted = [one for one in throttles if isinstance(one, SimpleRateThrottle) and getattr(one, "history", None)]
    return of_limits(_counted(one) for one in counted)


def _counted(throttle: SimpleRateThrottle) -> tuple[str, int, int, int, int]:
    quota, window_s = throttle.parse_rate(throttle.rate)
    quota, window_s = quota or 0, window_s or 0
    left = max(0, quota - len(throttle.history))
    resets_in_s = max(1, int(window_s - (throttle.now - throttle.history[-1])) + 1)
    return throttle.scope or "requests", quota, window_s, left, resets_in_s


def of_limits(limits: Iterable[tuple[str, int, int, int, int]]) -> dict[str, str]:
    """The two headers for ``(name, quota, window_s, remaining, resets_in_s)`` of each limit; none for none."""
    rows = list(limits)
    if not rows:
        return {}
    policies = [f'"{name}";q={quota};w={window}' for name, quota, window, _, _ in rows]
    states = [f'"{name}";r={left};t={reset}' for name, _, _, left, reset in rows]
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)}


def _known(request: HttpRequest, response: HttpResponse) -> HttpResponse | None:
    """304 in place of an answer that the one who asks has already."""
    response["ETag"] = tag_of(response.content)
    return unchanged(request, response["ETag"], response.headers)
