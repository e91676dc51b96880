"""What a request with an Idempotency-Key was answered."""

from django.conf import settings
from django.db import models

from bounty import clock


class KeptAnswer(models.Model):
    """Of one person's key: which request it came with, and the answer to give again. Secrets are not part of it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="kept_answers")
    key = models.CharField(max_length=80)
    request_digest = models.CharField(max_length=64, help_text="Of the method, the address and the body.")
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(null=True)
    at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="answered_once_per_key")]

    def __str__(self) -> str:
        return f"answer to {self.user}"
