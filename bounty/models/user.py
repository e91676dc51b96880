"""Accounts. What an account may do in a competition follows from its teams, never from the account itself."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A person, or a program with an account of its own."""
