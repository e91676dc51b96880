"""What participants send, and what becomes of it."""

from importlib import import_module

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "submissions"
    verbose_name = "Submissions"

    def ready(self) -> None:
        # By name: models, which the worker's module needs, can be imported only once every app is loaded.
        import_module("submissions.worker").connect()
        import_module("submissions.checks")
