"""Streams of server-sent events: of one submission until it is final, of a board until the close."""

from collections.abc import Callable
from typing import Final

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from bounty.api.authentication import person
from bounty.api.competitions import visible_competition
from bounty.api.data import AnyForm
from bounty.api.endpoint import Endpoint
from bounty.api.permissions import TokenScope
from bounty.models import ApiToken, User
from submissions.streams.hub import HOLD, RETRY_MS, Stream, event
from submissions.streams.topics import BOARD, SUBMISSION, Topic, Viewer, read
from submissions.visible import visible_submission

# no-transform and X-Accel-Buffering: a proxy that keeps, packs or gathers events makes them late.
_HEADERS: Final = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


_EVENTS: Final = {(200, "text/event-stream"): OpenApiTypes.OBJECT, 204: None}


class SubmissionStream(Endpoint):
    """GET: what becomes of one submission, as server-sent events, until it is final; 204 where ``Last-Event-ID`` names
    its final state."""

    permission_classes = [IsAuthenticated, TokenScope]
    content_negotiation_class = AnyForm
    refuses = {"GET": {429}}

    @extend_schema(operation_id="stream_submission", responses=_EVENTS)
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        submission = visible_submission(person(request), pk)
        return _streamed(request, Topic(SUBMISSION, submission.pk))


class BoardStream(Endpoint):
    """GET: that a board has changed, as server-sent events, until the competition is closed."""

    content_negotiation_class = AnyForm
    refuses = {"GET": {429}}

    @extend_schema(operation_id="stream_board", responses=_EVENTS)
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        return _streamed(request, Topic(BOARD, visible_competition(request, slug).pk))


def _streamed(request: Request, topic: Topic) -> HttpResponseBase:
    """The topic's state, unless the client says that it knows it, and then whatever changes.

    A server that cannot hold streams sends what there is and ends; its client comes back, as after any other end.
    """
    known, state = request.headers.get("Last-Event-ID", ""), read([topic])[topic]
    if state.is_final and known == state.stamp:
        return HttpResponse(status=204)  # tells a client that comes back by itself not to come again
    hold: Callable[[Stream], None] | None = request._request.META.get(HOLD)
    if hold is not None and request.method == "GET":
        stream = Stream(topic, _viewer(request), seen=known)
        if known != state.stamp:
            stream.tell(state)
        hold(stream)
        return StreamingHttpResponse([], content_type="text/event-stream", headers=_HEADERS)
    news = b"" if known == state.stamp else event(topic, state)
    content = b"retry: %d\n\n" % RETRY_MS + news
    return HttpResponse(content, content_type="text/event-stream", headers=_HEADERS)


def _viewer(request: Request) -> Viewer:
    if not isinstance(request.user, User):
        return Viewer(None, None, address=str(BaseThrottle().get_ident(request)))
    if isinstance(request.auth, ApiToken):
        return Viewer(request.user.pk, request.auth.pk)
    return Viewer(request.user.pk, None, session=request._request.session.session_key or "")
