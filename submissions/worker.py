"""What a worker process starts and ends with: its box, the relay, and the sender of messages."""

import threading
from typing import Any

from celery.signals import (
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)
from django.conf import settings

from submissions import boxes
from submissions.actions import deliver, relay

_stop = threading.Event()


def connect() -> None:
    """Listen to the worker's signals; called once, when the app is ready."""
    worker_process_init.connect(_warm_the_box)
    worker_process_shutdown.connect(_close_the_box)
    worker_shutdown.connect(_close_the_box)  # the solo pool is its own process and sends only this one
    worker_ready.connect(_start_the_relay)
    worker_shutting_down.connect(_stop_the_relay)


def _warm_the_box(**_: Any) -> None:
    """One box a worker process, made after the fork and before the first task."""
    boxes.warm()


def _close_the_box(**_: Any) -> None:
    boxes.close()


def _start_the_relay(**_: Any) -> None:
    """A relay in every worker, rather than a scheduler beside them: while one worker lives, rows are sent for."""
    if settings.EMBEDDED_QUEUE:  # the broker lies in this process, which is the only worker
        relay.take_over()
    threading.Thread(target=relay.keep_relaying, args=(_stop,), name="relay", daemon=True).start()
    threading.Thread(target=deliver.keep_delivering, args=(_stop,), name="messages", daemon=True).start()


def _stop_the_relay(**_: Any) -> None:
    _stop.set()
