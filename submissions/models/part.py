"""A piece of a large holdout, on which every stored pair is counted after a merge."""

from django.db import models

from bounty.models import HostedModelVersion
from submissions.models.leased import Leased
from submissions.models.merge import Merge


class RescorePart(Leased):
    """Rows ``first_row`` to ``end_row`` of the holdout: whole numbers, which add up to those of the whole. Made when
    scoring the board is cut up, counted by any worker, and gone once the verdicts are written."""

    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="parts")
    version = models.ForeignKey(HostedModelVersion, on_delete=models.CASCADE, related_name="+")
    first_row = models.PositiveIntegerField()
    end_row = models.PositiveIntegerField()
    counts = models.BinaryField(null=True, help_text="For each pair its submission's number and eight counts, int64.")

    class Meta:
        ordering = ["merge", "first_row"]
        constraints = [
            models.UniqueConstraint(fields=["merge", "version", "first_row"], name="rescore_part_once"),
        ]

    def __str__(self) -> str:
        return f"rows {self.first_row} to {self.end_row} for {self.merge_id}"
