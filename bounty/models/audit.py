"""The append-only record of who did what; each event carries the digest of the one before it."""

from django.conf import settings
from django.db import models

from bounty import clock


class AuditEvent(models.Model):
    """One act, written in the transaction of the act itself and never edited."""

    at = models.DateTimeField(default=clock.now, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    competition = models.ForeignKey(
        "bounty.Competition", null=True, on_delete=models.PROTECT, related_name="audit_events"
    )
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=120, help_text="What was acted on, as kind:id.")
    data = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, unique=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"
