"""The audited model: version 0 is the organiser's, every merge makes the next, none is ever changed.

Numbers only rise, and the newest version answers. Which versions it stands on says ``base``: after a merge the version
before it; after a roll back to version k what k itself stood on, for the new version is k under another number; after a
patch is taken out, one version for each merge that came after it is made anew, the first upon what the patch had been
merged into. So the line from the newest version down to a first one has one version for each patch that is in the
model, and a pointer names a version of that line by its number, which is that of a published version and stays it.
"""

from django.db import models

from bounty import clock
from bounty.models.competition import Competition
from scoring.statements import digest


class HostedModelVersion(models.Model):
    """One immutable version of a hosted model, as a pointer decision list with its answers on every stored row."""

    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    base = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The version that it stands on, in the line of those that make the model. None of a first one.",
    )
    published_at = models.DateTimeField(default=clock.now, editable=False)
    recipe = models.JSONField(
        default=dict, help_text="Of version 0: the scikit-learn recipe, or the column of predictions."
    )
    nodes = models.JSONField(
        default=list,
        help_text="Oldest first: {kind: leaf, group, patch}, both submissions, or {kind: pointer, group, version}.",
    )
    # Digests of arrays in bounty.arrays: class codes, candidate columns or real values.
    hidden_answers = models.CharField(max_length=64, help_text="Answers on the pooled hidden rows.")
    public_answers = models.CharField(max_length=64, help_text="Answers on train, then validation.")
    holdout_report = models.JSONField(
        default=dict, help_text="Provisional: overall loss and harm, and by group, with intervals."
    )

    class Meta:
        ordering = ["competition", "number"]
        get_latest_by = "number"
        constraints = [models.UniqueConstraint(fields=["competition", "number"], name="version_once_per_competition")]

    def __str__(self) -> str:
        return f"{self.competition.slug} v{self.number}"

    @property
    def sha256(self) -> str:
        """What certificates name it by: of its recipe, its nodes and its answers on public rows."""
        named = {"number": self.number, "recipe": self.recipe, "nodes": self.nodes}
        return digest(named | {"answers_sha256": self.answers_sha256})

    @property
    def answers_sha256(self) -> str:
        """Of its answers on public rows, and not the name that they are stored under."""
        return digest({"public_answers": self.public_answers})
