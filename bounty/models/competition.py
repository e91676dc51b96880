"""The contest: its task, its rules and its state."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from bounty import clock
from scoring.harms import Harm
from scoring.losses import Loss, Task
from scoring.merge import Mode
from scoring.sandbox.lowered import faults

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from bounty.models.user import User


def _choices(names: type[Task] | type[Loss] | type[Harm] | type[Mode]) -> list[tuple[str, str]]:
    return [(name.value, name.value.replace("_", " ")) for name in names]


class CompetitionQuerySet(models.QuerySet["Competition"]):
    """Who may see which competitions, in one place."""

    def visible_to(self, user: "User | AnonymousUser") -> "CompetitionQuerySet":
        """Drafts are for their organiser and staff, private ones also for whom they let in; all else is public."""
        if user.is_staff:  # anonymous visitors are not
            return self
        published = ~models.Q(state=Competition.State.DRAFT)
        public = published & models.Q(visibility=Competition.Visibility.PUBLIC)
        if not user.is_authenticated:
            return self.filter(public)
        entered: models.QuerySet[Any, Any] = user.admissions.filter(ended_at=None).values("competition")
        if user.is_program:  # of its team's competition it sees what the captain sees; of no other
            at = "admissions__user__memberships__"
            teams = user.memberships.filter(left_at=None).values("team")
            captains: dict[str, Any] = {f"{at}team__in": teams, f"{at}role": "captain", f"{at}left_at": None}
            captains[f"{at}competition"] = models.F("pk")
            entered = Competition.objects.filter(admissions__ended_at=None, **captains).values("pk")
        admitted = published & models.Q(pk__in=entered)
        return self.filter(public | admitted | models.Q(organiser_id=user.pk))


class Competition(models.Model):
    """One hosted model opened to entrants under one set of rules; its row is the lock of rounds, merges, the close."""

    class State(models.TextChoices):
        DRAFT = "draft"
        OPEN = "open"
        CLOSING = "closing"
        CLOSED = "closed"

    class Visibility(models.TextChoices):
        PUBLIC = "public", "Public"
        PRIVATE = "private", "By invitation"

    class Opening(models.TextChoices):
        ROUNDS = "rounds", "in rounds, under the ledger"
        CLOSE = "close", "once, at the close"

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    summary = models.TextField()
    description = models.TextField(blank=True, help_text="Markdown.")
    content_warning = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=200)
    source = models.CharField(max_length=300, blank=True)
    organiser = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="organised")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.PUBLIC)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    teams_merge_until = models.DateTimeField(null=True, blank=True, help_text="Empty: until the competition closes.")
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    bundle_sha256 = models.CharField(max_length=64, editable=False)

    # The task.
    task = models.CharField(max_length=30, choices=_choices(Task))
    loss = models.CharField(max_length=20, choices=_choices(Loss))
    harm = models.CharField(max_length=30, choices=_choices(Harm))
    label = models.CharField(max_length=100)
    classes = models.JSONField(default=list, help_text="Label values in the order of their codes.")
    positive_label = models.CharField(max_length=100, blank=True)
    unit = models.CharField(max_length=100, blank=True, help_text="The column that names the independent unit.")
    row_weight = models.CharField(max_length=100, blank=True)
    value_low = models.FloatField(null=True, blank=True, help_text="Smallest real label, for losses of real answers.")
    value_high = models.FloatField(null=True, blank=True)
    largest_error = models.FloatField(null=True, blank=True, help_text="From which an answer is wholly wrong (loss 1).")
    model_column = models.CharField(max_length=100, blank=True, help_text="The hosted column of predictions, if any.")
    candidate_columns = models.JSONField(default=list, blank=True)

    # The rules (ALGORITHMS 3, 6).
    mode = models.CharField(max_length=10, choices=_choices(Mode), default=Mode.CERTIFIED.value)
    opening = models.CharField(
        max_length=10, choices=Opening.choices, default=Opening.ROUNDS, help_text="Of the sealed split."
    )
    require_repair = models.BooleanField(default=True)
    require_underperformance = models.BooleanField(default=False)
    underperformance_margin = models.FloatField(default=0.0, validators=[MinValueValidator(0), MaxValueValidator(1)])
    max_group_weight = models.FloatField(default=0.5, validators=[MinValueValidator(0), MaxValueValidator(1)])
    min_group_rows = models.PositiveIntegerField(default=150)
    candidates_per_round = models.PositiveIntegerField(default=5, help_text="A team's candidates in one round.")
    round_cap = models.PositiveIntegerField(default=40, help_text="All candidates of one round.")
    submissions_per_day = models.PositiveIntegerField(default=50)
    submissions_in_all = models.PositiveIntegerField(null=True, blank=True, help_text="Of a team; empty: no limit.")
    submissions_in_flight = models.PositiveIntegerField(default=20)
    max_team_members = models.PositiveIntegerField(default=5, validators=[MinValueValidator(1)])
    repair_slack_rows = models.PositiveIntegerField(default=0)
    delta = models.FloatField(default=0.05, validators=[MinValueValidator(1e-6), MaxValueValidator(0.5)])
    epsilon = models.FloatField(null=True, blank=True, help_text="The paper's eps, in theorem mode only.")
    rejections_between = models.CharField(
        max_length=100, blank=True, help_text="The column whose groups' false-rejection rates are held together."
    )
    rejections_within = models.FloatField(
        null=True, blank=True, help_text="By how much the rates of the platform's own patches may differ at most."
    )
    limits = models.JSONField(
        default=dict, blank=True, help_text="Of entrants' code, where lower than the platform's; by kind of job."
    )
    rules_text = models.TextField(blank=True, help_text="Markdown.")
    rules_version = models.PositiveIntegerField(default=1)

    # The ledger (ALGORITHMS 6.3): tests made on the sealed split, and what they spent.
    sealed_tests = models.PositiveIntegerField(default=0, editable=False)
    ledger_spent = models.FloatField(default=0.0, editable=False)
    close_report = models.JSONField(null=True, blank=True, editable=False)

    objects = CompetitionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """What forms ask besides each field's own: that the limits are ones."""
        if found := [sentence for _, sentence in faults(self.limits)]:
            raise ValidationError({"limits": found})

    @property
    def is_open(self) -> bool:
        """Whether submissions are taken at this moment."""
        now = clock.now()
        started = self.opens_at is None or self.opens_at <= now
        return self.state == self.State.OPEN and started and (self.closes_at is None or now < self.closes_at)

    @property
    def is_closed(self) -> bool:
        return self.state == self.State.CLOSED


class RulesAcceptance(models.Model):
    """That a person accepted a version of a competition's rules, and when."""

    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="acceptances")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="acceptances")
    rules_version = models.PositiveIntegerField()
    at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["competition", "user", "rules_version"], name="rules_accepted_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} accepted v{self.rules_version}"
