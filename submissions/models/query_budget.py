"""How many answers from hidden rows a team has used on a day; counted under the row's lock."""

from django.db import models

from bounty.models import Team


class QueryBudget(models.Model):
    """One team's count for one UTC day. Platform faults are taken off again."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="budgets")
    day = models.DateField()
    used = models.PositiveIntegerField(default=0)
    refunded = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["team", "day"], name="budget_once_per_day")]

    def __str__(self) -> str:
        return f"{self.team} {self.day}: {self.used}"
