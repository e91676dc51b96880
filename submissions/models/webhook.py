"""Addresses that are told what happens, and each telling."""

import base64
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.crypto import salted_hmac

from bounty import clock
from bounty.models import Competition, Membership, Team
from submissions.models.leased import Leased

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from bounty.models import User


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Whose webhooks, in one place."""

    def visible_to(self, user: "User | AnonymousUser") -> "WebhookQuerySet":
        """A team's captain's, and a competition's organiser's: an address may hold a secret of its own."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        led = Membership.objects.filter(user=user, left_at=None, role=Membership.Role.CAPTAIN).values("team")
        organised = models.Q(team=None, competition__organiser=user)
        mine = models.Q(team__in=led) | organised
        return self.filter(mine, competition__in=Competition.objects.visible_to(user))

    def listening(self) -> "WebhookQuerySet":
        """Those that anything is sent to: switched on, by an account that has not been shut since."""
        return self.filter(is_active=True).exclude(made_by__is_active=False)


class Webhook(models.Model):
    """An address of a team's, or of a competition's organiser's where there is no team."""

    class Event(models.TextChoices):
        VERDICT = "submission.verdict", "A submission was judged"
        STATUS = "submission.status", "The status of a judged submission changed"
        CERTIFICATE = "certificate.issued", "A certificate was issued"
        VERSION = "version.published", "The model has a new version"
        ROUND_OPENED = "round.opened", "A round opened"
        ROUND_CLOSED = "round.closed", "A round ended"
        CLOSED = "competition.closed", "The competition was closed, and its sealed numbers are shown"

    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="webhooks")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="webhooks")
    url = models.URLField(max_length=500)
    events = models.JSONField(default=list)
    salt = models.CharField(max_length=64, editable=False, help_text="The secret comes of it and the site's.")
    is_active = models.BooleanField(default=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=clock.now, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    switched_off_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="By the platform.")

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"webhook {self.pk} of {self.team or self.competition}"

    @property
    def secret(self) -> str:
        """What signs, as its owner was shown it once. Not stored: without the site's own secret the row is no key."""
        key = salted_hmac("bounty.webhooks", self.salt, algorithm="sha256").digest()
        return f"whsec_{base64.b64encode(key).decode()}"


class Delivery(Leased):
    """One message to one address; the row is the truth of whether it was told, and when it is tried next."""

    class State(models.TextChoices):
        WAITING = "waiting", "to be sent"
        DELIVERED = "delivered", "delivered"
        GIVEN_UP = "given_up", "given up"

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    message = models.CharField(max_length=40, unique=True, help_text="The webhook-id: the same at every attempt.")
    event = models.CharField(max_length=40)
    payload = models.JSONField(help_text="Ids, codes and addresses.")
    made_at = models.DateTimeField(default=clock.now, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    next_attempt_at = models.DateTimeField(default=clock.now)
    tried_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveIntegerField(null=True, blank=True, help_text="The answer's, of the last attempt.")
    fault = models.CharField(max_length=40, blank=True, help_text="Why there was no answer.")
    took_ms = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="delivery_work")]

    def __str__(self) -> str:
        return f"{self.event} {self.message}"
