"""The statement that a pair passed against a version on the sealed split."""

from django.db import models

from bounty import clock
from bounty.models import HostedModelVersion
from submissions.models.round import Candidate


class Certificate(models.Model):
    """Its body is fixed when it is issued; sealed numbers are added beside it, at the close."""

    candidate = models.OneToOneField(Candidate, on_delete=models.PROTECT, related_name="certificate")
    version = models.ForeignKey(HostedModelVersion, on_delete=models.PROTECT, related_name="certificates")
    issued_at = models.DateTimeField(default=clock.now, editable=False)
    body = models.JSONField(help_text="Competition, digests of group, patch and model, test number, level, q, ledger.")
    digest = models.CharField(max_length=64, unique=True, help_text="sha256 of the body, as canonical JSON.")
    sealed = models.JSONField(null=True, blank=True, help_text="Exact sealed numbers, from the close on.")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"certificate {self.digest[:12]}"
