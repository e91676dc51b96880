"""Accounts. What an account may do in a competition follows from its teams, never from the account itself."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person, or a program with an account of its own."""

    affiliation = models.CharField(max_length=100, blank=True)
    about = models.TextField(max_length=500, blank=True)
    homepage = models.URLField(blank=True)
    # Of a team, made by its captain: it has no password and no address, and shows tokens alone.
    is_program = models.BooleanField(default=False, editable=False)
    # The row stays, without anything of the person, for what else refers to it: acceptances, submissions, acts.
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
