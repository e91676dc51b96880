"""What judging found, once per submission, attempt and version."""

from django.db import models

from bounty import clock
from bounty.errors import Fault
from bounty.models import HostedModelVersion
from submissions.models.submission import Submission


class Verdict(models.Model):
    """An outcome with its reason, its numbers and its owner. Provisional numbers come from the holdout."""

    class Outcome(models.TextChoices):
        SCORED = "scored"
        REFUSED = "refused"
        FAILED = "failed"

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="verdicts")
    attempt = models.PositiveIntegerField(help_text="The number of the claim that wrote it.")
    version = models.ForeignKey(HostedModelVersion, on_delete=models.PROTECT, related_name="verdicts")
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    code = models.CharField(max_length=40)
    owner = models.CharField(max_length=10, blank=True, choices=[(fault.value, fault.value) for fault in Fault])
    sentence = models.TextField(help_text="What happened and what to do, for the entrant.")
    log = models.TextField(blank=True, help_text="Of the public run only.")
    # Of the numbers: score, weight, gain with interval, rows, p_value and method, the group's harm and the rest's.
    numbers = models.JSONField(default=dict)
    score = models.FloatField(null=True, blank=True, help_text="Provisional weight x gain, for sorting.")
    passes_gate = models.BooleanField(default=False)
    judged_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "attempt", "version"], name="verdict_once"),
        ]
        indexes = [models.Index(fields=["version", "submission", "score"], name="verdict_best")]

    def __str__(self) -> str:
        return f"{self.code} for #{self.submission_id}"
