"""The work of closing a competition: computing what is shown from the close on."""

from django.db import models

from bounty import clock
from bounty.models import Competition
from submissions.models.leased import Leased


class Settlement(Leased):
    """Made by the close, finished by a worker; given up after several attempts, until somebody has it tried again."""

    competition = models.OneToOneField(Competition, on_delete=models.PROTECT, related_name="settlement")
    asked_at = models.DateTimeField(default=clock.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"settlement of {self.competition}"
