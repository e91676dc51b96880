"""Who competes: always a team, if of one."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from bounty import clock

if TYPE_CHECKING:
    from bounty.models.user import User


class TeamQuerySet(models.QuerySet["Team"]):
    """Whose teams, in one place."""

    def of(self, user: "User") -> "TeamQuerySet":
        """Those that the person is in now."""
        return self.filter(memberships__user=user, memberships__left_at=None)

    def led_by(self, user: "User") -> "TeamQuerySet":
        """Those whose captain the person is."""
        captain = {"memberships__user": user, "memberships__role": Membership.Role.CAPTAIN}
        return self.filter(memberships__left_at=None, **captain)


class Team(models.Model):
    """The entrant of one competition; quotas, standings and rewards belong to it."""

    competition = models.ForeignKey("bounty.Competition", on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    first_sent_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Of its first submission.")
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="merged_teams"
    )

    objects = TeamQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["competition", "name"], name="team_name_once_per_competition")]
        ordering = ["competition", "name"]

    def __str__(self) -> str:
        return self.name

    def present(self) -> "models.QuerySet[Membership]":
        """Who is in it now, the longest first; its programs are not counted among people."""
        here = self.memberships.filter(left_at=None).exclude(role=Membership.Role.PROGRAM)
        return here.select_related("user").order_by("joined_at", "pk")

    def programs(self) -> "models.QuerySet[Membership]":
        """Its programs, the oldest first."""
        here = self.memberships.filter(left_at=None, role=Membership.Role.PROGRAM)
        return here.select_related("user").order_by("joined_at", "pk")


class Membership(models.Model):
    """A person or program in a team, with a role; one team a competition, for good once the team has sent something."""

    class Role(models.TextChoices):
        CAPTAIN = "captain"
        MEMBER = "member"
        PROGRAM = "program"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    # Copied from the team so that the database itself can hold "one team per person and competition".
    competition = models.ForeignKey("bounty.Competition", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.CAPTAIN)
    joined_at = models.DateTimeField(default=clock.now, editable=False)
    # Who left a team that had sent something keeps this place: another team would be a second quota.
    left_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["competition", "user"], name="one_team_per_competition")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class MergeOffer(models.Model):
    """One team's captain asks another's whether the two become one; the team that is asked takes in the other."""

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    offering = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="offers_made")
    asked = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="offers_received")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=clock.now, editable=False)
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["offering", "asked"], condition=models.Q(state="open"), name="one_open_offer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offering} to {self.asked}"
