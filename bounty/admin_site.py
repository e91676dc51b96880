"""The admin site in the project's name. Outside bounty.admin, which registers with it when it is imported."""

from django.contrib.admin import AdminSite


class BountyAdminSite(AdminSite):
    site_header = "Bounty: administration"
    site_title = "Bounty"
    index_title = "What is stored"
