"""Who competes: always a team, if of one."""

from django.conf import settings
from django.db import models

from bounty import clock


class Team(models.Model):
    """The entrant of one competition; quotas, standings and rewards belong to it."""

    competition = models.ForeignKey("bounty.Competition", on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="bounty.Membership", related_name="teams")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["competition", "name"], name="team_name_once_per_competition")]
        ordering = ["competition", "name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person in a team, with a role; one team a competition."""

    class Role(models.TextChoices):
        CAPTAIN = "captain"
        MEMBER = "member"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    # Copied from the team so that the database itself can hold "one team per person and competition".
    competition = models.ForeignKey("bounty.Competition", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.CAPTAIN)
    joined_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["competition", "user"], name="one_team_per_competition")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"
