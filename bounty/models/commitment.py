"""What a competition said of its hidden splits before anybody submitted."""

from django.db import models

from bounty import clock
from bounty.models.competition import Competition


class SplitCommitment(models.Model):
    """Made once, when the competition is published, and never changed; only the salt may be added, after the close."""

    competition = models.OneToOneField(Competition, on_delete=models.PROTECT, related_name="commitment")
    value = models.CharField(max_length=64, help_text="HMAC-SHA256 of the hidden splits' digests, keyed by the salt.")
    made_at = models.DateTimeField(default=clock.now, editable=False)
    # It lies in the vault until then: who knows it can test guesses of the rows.
    salt = models.CharField(max_length=64, blank=True, help_text="Once the organiser has revealed it.")
    revealed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"commitment of {self.competition}"
