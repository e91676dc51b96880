"""A change of the hosted model backwards: a roll back to an earlier version, or a merged patch taken out."""

from django.conf import settings
from django.db import models

from bounty import clock
from bounty.models import Competition, HostedModelVersion
from submissions.models.submission import Submission

MAX_REASON = 300


class Reversal(models.Model):
    """What was undone, by whom and why; everybody who may see the model may read it."""

    class Kind(models.TextChoices):
        ROLL_BACK = "roll_back", "roll back"
        WITHDRAWAL = "withdrawal", "withdrawal of a merged patch"

    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="reversals")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    restored = models.ForeignKey(
        HostedModelVersion,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Of a roll back: the version that answers again.",
    )
    submission = models.OneToOneField(
        Submission,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="withdrawal",
        help_text="Of a withdrawal: the patch that was taken out.",
    )
    before = models.ForeignKey(HostedModelVersion, on_delete=models.PROTECT, related_name="+")
    after = models.OneToOneField(HostedModelVersion, on_delete=models.PROTECT, related_name="reversal")
    left = models.JSONField(default=list, help_text="The patches that left the model, by their submissions.")
    returned = models.JSONField(default=list, help_text="Those that came back into it.")
    reason = models.CharField(max_length=MAX_REASON, help_text="Shown on the model's page.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.competition.slug} v{self.before.number} to v{self.after.number}"
