"""Invitations: into a team, or into a private competition; and who was let into one."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from bounty import clock
from bounty.models.competition import Competition
from bounty.models.team import Team


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Which still open something."""

    def usable(self) -> "InvitationQuerySet":
        in_time = Q(expires_at__gt=clock.now(), revoked_at=None)
        return self.filter(in_time & (Q(max_uses=None) | Q(uses__lt=F("max_uses"))))


class Invitation(models.Model):
    """A secret link. Only its sha256 is kept; sent by mail it lets one in, shown as a link as many as there is room."""

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="invitations")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(blank=True, help_text="Where it was sent; empty for a link.")
    hint = models.CharField(max_length=8, help_text="The secret's first characters, to tell links apart.")
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    max_uses = models.PositiveIntegerField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"invitation {self.hint}…"

    @property
    def is_usable(self) -> bool:
        spent = self.max_uses is not None and self.uses >= self.max_uses
        return self.revoked_at is None and self.expires_at > clock.now() and not spent


class Admission(models.Model):
    """That a person may see a private competition, until it is ended; an invitation made later lets them in again."""

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="admissions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="admissions")
    invitation = models.ForeignKey(Invitation, null=True, on_delete=models.SET_NULL, related_name="admissions")
    at = models.DateTimeField(default=clock.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["competition", "user"], name="admitted_once")]

    def __str__(self) -> str:
        return f"{self.user} to {self.competition}"
