"""The worker's side of the composition root: the Celery app, and what a worker process starts with."""

import os
import threading
from typing import Any

from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown, worker_ready, worker_shutting_down

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bounty.settings")

from django.conf import settings

app = Celery("bounty")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["submissions"])

_stop = threading.Event()


@worker_process_init.connect
def warm_the_box(**_: Any) -> None:
    """One box a worker process, made after the fork and before the first task."""
    from submissions import boxes

    boxes.warm()


@worker_process_shutdown.connect
def close_the_box(**_: Any) -> None:
    from submissions import boxes

    boxes.close()


@worker_ready.connect
def start_the_relay(**_: Any) -> None:
    """The embedded broker lies in this process: a thread feeds it from the database, where the truth is."""
    if settings.EMBEDDED_QUEUE:
        from submissions.actions import relay

        relay.take_over()
        threading.Thread(target=relay.keep_relaying, args=(_stop,), name="relay", daemon=True).start()


@worker_shutting_down.connect
def stop_the_relay(**_: Any) -> None:
    _stop.set()
