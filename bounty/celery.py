"""The worker's side of the composition root: the Celery app. What a worker starts with is in submissions.worker."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bounty.settings")

app = Celery("bounty")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["submissions"])
