"""The competition domain's app, and the admin site in the project's name."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    default_site = "bounty.admin_site.BountyAdminSite"


class BountyConfig(AppConfig):
    name = "bounty"
    verbose_name = "Competitions"
