"""One opening of the sealed split, and the claims put to it in a fixed order."""

from django.conf import settings
from django.db import models

from bounty import clock
from bounty.models import Competition, HostedModelVersion
from submissions.models.leased import Leased
from submissions.models.submission import Submission


class Round(Leased):
    """Candidates and their order are fixed when it opens; a lease lets another worker finish what one began."""

    class State(models.TextChoices):
        CERTIFYING = "certifying"
        FINISHED = "finished"
        ABANDONED = "abandoned"

    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.CERTIFYING)
    opened_at = models.DateTimeField(default=clock.now, editable=False)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    # Of the one opening at the close, which is not abandoned: there is no other.
    given_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["competition", "number"], name="round_once"),
            models.UniqueConstraint(
                fields=["competition"], condition=models.Q(state="certifying"), name="one_open_round"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.competition.slug} round {self.number}"


class Candidate(models.Model):
    """A claim in a round: the t-th sealed test of the competition, its level and q written before its bit."""

    class SentBack(models.TextChoices):
        OVERTAKEN = "overtaken", "a merge of the same round had repaired it"
        UNLIKELY = "unlikely", "it was all but bound to fail, and a test lowers the level of those that follow"
        ABANDONED = "abandoned", "a platform fault ended the round"
        BUDGET = "budget", "with the repairs it needs it takes more accepts than epsilon allows"

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="candidates")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="candidacies")
    position = models.PositiveIntegerField()
    provisional_score = models.FloatField()
    version = models.ForeignKey(
        HostedModelVersion,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The head it was tested on.",
    )
    t = models.PositiveIntegerField(null=True)
    chance = models.FloatField(null=True, help_text="Of passing, as the holdout alone predicts.")
    q = models.FloatField(null=True, help_text="The same with the team's record, fixed before the test.")
    level = models.FloatField(null=True)
    spent_before = models.FloatField(null=True)
    spent_after = models.FloatField(null=True)
    passed = models.BooleanField(null=True)
    # Then nothing was asked of the sealed split, and a later round may take the submission again.
    sent_back = models.CharField(max_length=10, choices=SentBack.choices, blank=True)
    tested_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["round", "position"]
        constraints = [
            models.UniqueConstraint(fields=["round", "position"], name="candidate_order"),
            models.UniqueConstraint(fields=["round", "submission"], name="candidate_once_per_round"),
            models.UniqueConstraint(
                fields=["submission"], condition=models.Q(passed__isnull=False), name="tested_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} no. {self.position}"
