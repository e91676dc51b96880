"""A bias-bounty competition platform. The Celery app is loaded with it, so that whoever sends a task finds the broker."""

from bounty.celery import app as celery_app

__all__ = ["celery_app"]
