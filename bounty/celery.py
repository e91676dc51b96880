"""The worker's side of the composition root: the Celery app. What a worker starts with is in submissions.worker."""

import os

from celery import Celery
from kombu import Exchange, Queue

from submissions.queue import QUEUES, ROUTES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bounty.settings")

app = Celery("bounty")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Each with its own exchange and key: left out, all would share the default's and each message would go to every queue.
app.conf.task_queues = [Queue(name, Exchange(name), routing_key=name) for name in QUEUES]
app.conf.task_default_queue = QUEUES[0]
app.conf.task_routes = {task: {"queue": queue} for task, queue in ROUTES.items()}
app.autodiscover_tasks(["submissions"])
