"""For whoever watches over the site: whether this process lives, and whether what it depends on answers."""

from collections.abc import Callable
from typing import Final

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """This process answers. Nothing is asked of others: being started again would not mend them."""
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Whether requests can be served: 200, or 503 with the name of what is away."""
    away = [name for name, answers in PARTS.items() if not answers()]
    return JsonResponse({"ready": not away, "away": away}, status=503 if away else 200)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker() -> bool:
    if settings.EMBEDDED_QUEUE:  # it lives in the worker; without it submissions are taken, and wait
        return True
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)  # which is a channel, and that a ping
    except OperationalError:
        return False
    return True


PARTS: Final[dict[str, Callable[[], bool]]] = {"database": _database, "broker": _broker}
