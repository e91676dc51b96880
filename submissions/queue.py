"""Names of tasks, and sending them: the one place that knows there is a broker.

The rows are the truth and a message is only a wake-up, so a message that is lost costs time and nothing else: the relay
sends it again. Actions call ``wake``; tasks call actions; neither imports the other.
"""

import logging
from typing import Final

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

JUDGE: Final = "submissions.judge"
CERTIFY: Final = "submissions.certify"
RESCORE: Final = "submissions.rescore"
SETTLE: Final = "submissions.settle"
RECOUNT: Final = "submissions.recount"

# A queue for each kind of work, so that a merge waits for no backlog of judging, and mail and webhooks for neither.
# A worker takes from all of them in turn, unless it is started for some.
QUEUES: Final = ("judge", "merge", "notify")
ROUTES: Final = {JUDGE: "judge", CERTIFY: "merge", RESCORE: "merge", RECOUNT: "merge", SETTLE: "merge"}

log = logging.getLogger(__name__)


def wake(task: str, pk: int) -> None:
    """Send for a worker once the surrounding transaction is committed."""
    if not settings.EMBEDDED_QUEUE:  # the embedded broker lives in the worker: only its own relay can reach it
        transaction.on_commit(lambda: send(task, pk))


def send(task: str, pk: int) -> None:
    """Send for a worker now. A broker that is down is no fault of the sender's: the relay tries again."""
    try:
        current_app.send_task(task, args=[pk], retry=False)
    except OperationalError:
        log.warning("The broker is away; the relay will send again: %s %s", task, pk)
