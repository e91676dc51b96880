"""The competition domain's app, and the admin site in the project's name."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    default_site = "bounty.admin_site.BountyAdminSite"


class BountyConfig(AppConfig):
    name = "bounty"
    verbose_name = "Competitions"

    def ready(self) -> None:
        # By name: the models come first. The Celery app must be the current one wherever a task is sent from.
        import_module("bounty.celery")
        import_module("bounty.account_events").listen()
