"""A POST that makes something can be sent again when its answer was lost: the same key gives the same answer."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar

from django.db import transaction
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from bounty import clock
from bounty.api.authentication import person
from bounty.errors import Invalid, Refused
from bounty.models import KeptAnswer, User

KEY_LENGTH: Final = 80
KEPT_FOR: Final = dt.timedelta(days=7)
REPLAYED: Final = "Idempotent-Replayed"
SECRETS: Final = frozenset({"secret", "link"})  # shown once, and kept nowhere: not even in an answer to give again
_Handler = TypeVar("_Handler", bound=Callable[..., Response])


def key_of(request: Request) -> str | None:
    """The request's Idempotency-Key, if it has one that can be kept."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= KEY_LENGTH and key.isascii() and key.isprintable()):
        sentence = f"An Idempotency-Key is 1 to {KEY_LENGTH} printable ASCII characters."
        raise Invalid("IDEMPOTENCY_KEY_INVALID", sentence, field="Idempotency-Key")
    return key


def once_per_key(still: Callable[..., object]) -> Callable[[_Handler], _Handler]:
    """Of a POST's handler: with a key, it acts once; key, act and answer are committed together or not at all.

    A second request with the key waits at the key's row until the first is committed. ``still`` is asked, with the
    request and what its address names, before an answer is given again: it raises for whom it is no longer for.
    """

    def keeping(handler: _Handler) -> _Handler:
        @wraps(handler)
        def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
            key = key_of(request)
            if key is None:
                return handler(view, request, *args, **kwargs)
            kept_by, digest = person(request), _digest(request)
            with transaction.atomic():
                _forget_old(kept_by)
                kept, is_new = KeptAnswer.objects.get_or_create(
                    user=kept_by, key=key, defaults={"request_digest": digest}
                )
                if not is_new:
                    still(request, *args, **kwargs)
                    return _again(kept, digest)
                answer = handler(view, request, *args, **kwargs)
                _keep(kept, answer)
            return answer

        once.takes_key = True  # type: ignore[attr-defined]  # read by the schema
        return once  # type: ignore[return-value]  # of the same signature

    return keeping


def takes_key(handler: _Handler) -> _Handler:
    """Marks a handler that keeps keys its own way, for the document."""
    handler.takes_key = True  # type: ignore[attr-defined]  # read by the schema
    return handler


def _digest(request: Request) -> str:
    asked = [request.method, request.path, json.dumps(request.data, sort_keys=True, default=str)]
    return hashlib.sha256("\n".join(map(str, asked)).encode(errors="surrogatepass")).hexdigest()


def _forget_old(user: User) -> None:
    """A key from before that is as if it had never been seen."""
    KeptAnswer.objects.filter(user=user, at__lt=clock.now() - KEPT_FOR).delete()


def _again(kept: KeptAnswer, digest: str) -> Response:
    if kept.request_digest != digest:
        sentence = "This idempotency key was used for another request; choose a new one."
        raise Refused("IDEMPOTENCY_MISMATCH", sentence)
    return Response(kept.body, status=kept.status, headers={REPLAYED: "true"})


def _keep(kept: KeptAnswer, answer: Response) -> None:
    shown = json.loads(JSONRenderer().render(answer.data) or b"null")
    if isinstance(shown, dict):
        shown = {name: None if name in SECRETS else value for name, value in shown.items()}
    kept.status, kept.body = answer.status_code, shown
    kept.save(update_fields=["status", "body"])
