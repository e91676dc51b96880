"""One submission: a group g, and with it a patch h or the wish that the platform trains one."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from bounty import clock
from bounty.models import Competition, Team
from submissions.models.artifact import Artifact
from submissions.models.leased import Leased
from submissions.states import Status

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from bounty.models import User
    from submissions.models.round import Candidate


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Who may see which submissions, in one place."""

    def visible_to(self, user: "User | AnonymousUser") -> "SubmissionQuerySet":
        """One's own team's, in competitions that one may see; all of a competition for its organiser; everything for
        staff."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        mine = models.Q(team__in=Team.objects.of(user)) | models.Q(competition__organiser=user)
        return self.filter(mine, competition__in=Competition.objects.visible_to(user))

    def waiting(self) -> "SubmissionQuerySet":
        """Those that no worker can take yet, as their ``waits_for`` says."""
        return self.filter(status=Status.QUEUED).exclude(waits_for="")


class Submission(Leased):
    """The row is the truth about the work to be done; a message in the queue is only a wake-up."""

    class GroupKind(models.TextChoices):
        PREDICATE = "predicate"
        PYTHON = "python"

    class PatchKind(models.TextChoices):
        PLATFORM = "platform", "Trained by the platform"
        ROUTE = "route", "A candidate column"
        PYTHON = "python", "Python fit and predict"
        ONNX = "onnx", "An ONNX model"

    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="submissions")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="submissions")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    sent_at = models.DateTimeField(default=clock.now, editable=False)
    title = models.CharField(max_length=120, blank=True)
    note = models.TextField(blank=True, max_length=2000)
    idempotency_key = models.CharField(max_length=80, null=True, blank=True, editable=False)  # noqa: DJ001  NULL is not unique, "" is
    request_digest = models.CharField(max_length=64, editable=False, help_text="Tells a repeated request from another.")

    group_kind = models.CharField(max_length=10, choices=GroupKind.choices)
    predicate = models.JSONField(null=True, blank=True, help_text="The parsed tree.")
    group_text = models.TextField(help_text="The canonical predicate, or the function's name.")
    group_source = models.ForeignKey(Artifact, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    patch_kind = models.CharField(max_length=10, choices=PatchKind.choices)
    patch_column = models.CharField(max_length=100, blank=True)
    patch_source = models.ForeignKey(
        Artifact,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The Python source, or the ONNX model.",
    )
    patch_recipe = models.JSONField(null=True, blank=True, help_text="What the platform trained, to refit it.")
    seed = models.PositiveBigIntegerField(help_text="Of everything random in judging this submission.")

    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    waits_for = models.CharField(
        max_length=200, blank=True, help_text="Why no worker may take it yet, in one sentence."
    )
    worker = models.CharField(max_length=120, blank=True)
    next_attempt_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    # Evidence: digests in bounty.arrays, set once by judging.
    public_mask = models.CharField(max_length=64, blank=True)
    hidden_mask = models.CharField(max_length=64, blank=True)
    public_answers = models.CharField(max_length=64, blank=True)
    hidden_answers = models.CharField(max_length=64, blank=True)
    pair_digest = models.CharField(max_length=64, blank=True, help_text="Of the mask and the answers on it.")
    duplicate_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="duplicates")

    # Of public rows alone: the team's earlier groups that this one refines or mostly repeats (submissions.overlaps).
    overlaps = models.JSONField(default=list, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["team", "idempotency_key"], name="submission_once_per_key"),
        ]
        indexes = [
            models.Index(fields=["status", "next_attempt_at"], name="submission_work"),
            models.Index(fields=["competition", "status"], name="submission_board"),
            models.Index(fields=["competition", "pair_digest"], name="submission_pair"),
            models.Index(fields=["competition", "team", "status", "sent_at"], name="submission_teams"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.title or self.group_text[:60]}"

    @property
    def candidate(self) -> "Candidate | None":
        """Its place in the round that tests or tested it; a round that sent it back untested does not count."""
        return next((found for found in self.candidacies.all() if not found.sent_back), None)

    @property
    def is_final(self) -> bool:
        """Whether a page may stop asking: judging is over, whatever came of it."""
        return self.status not in {Status.QUEUED, Status.JUDGING, Status.CANDIDATE}
