"""API tokens: bound to an account, hashed at rest, with scopes and an end."""

from django.conf import settings
from django.db import models

from bounty import clock


class ApiToken(models.Model):
    """What a program shows instead of a password. Only its sha256 is kept; the token is shown once, when made."""

    class Scope(models.TextChoices):
        READ = "read"
        SUBMIT = "submit"
        ORGANISE = "organise"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    hint = models.CharField(max_length=12, help_text="The token's first characters, to tell tokens apart.")
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"
