"""What every row of work carries that a worker takes, keeps and gives back."""

from django.db import models


class Leased(models.Model):
    """A claim by compare-and-set, with an end; numbered, so that a late writer is refused; counted, so that it ends."""

    fence = models.PositiveIntegerField(default=0, help_text="Counts claims; a write by an older claim is refused.")
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    woken_at = models.DateTimeField(null=True, blank=True, help_text="When a worker was last sent for.")

    class Meta:
        abstract = True
