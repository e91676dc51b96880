"""When rounds open by themselves."""

from django.db import models

from bounty.models.competition import Competition


class RoundTime(models.Model):
    """A moment at which a worker opens a round; what came of it stands beside it."""

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="round_times")
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True, editable=False)
    outcome = models.CharField(max_length=40, blank=True, editable=False, help_text="Empty, or why no round opened.")

    class Meta:
        ordering = ["competition", "at"]
        constraints = [models.UniqueConstraint(fields=["competition", "at"], name="round_time_once")]

    def __str__(self) -> str:
        return f"{self.competition.slug} at {self.at:%Y-%m-%d %H:%M} UTC"
