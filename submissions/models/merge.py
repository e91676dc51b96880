"""How a certified pair came into the hosted model."""

from django.db import models

from bounty import clock
from bounty.models import Competition, HostedModelVersion
from submissions.models.certificate import Certificate
from submissions.models.leased import Leased
from submissions.models.submission import Submission


class Merge(Leased):
    """A leaf, the repairs it needed in their pinned order, and the version that came of it. Its lease is that of
    scoring every stored pair against that version."""

    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="merges")
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="merge")
    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, related_name="merge")
    before = models.ForeignKey(HostedModelVersion, on_delete=models.PROTECT, related_name="+")
    after = models.OneToOneField(HostedModelVersion, on_delete=models.PROTECT, related_name="merge")
    repairs = models.JSONField(default=list)
    merged_at = models.DateTimeField(default=clock.now, editable=False)
    rescored_at = models.DateTimeField(null=True, blank=True, help_text="When every stored pair was scored against it.")
    given_up_at = models.DateTimeField(null=True, blank=True, help_text="When scoring them had failed too often.")
    marginal_reward = models.FloatField(null=True, blank=True, help_text="Sealed score at merge, from the close on.")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"merge of #{self.submission_id} into {self.after}"
