"""The statement that a pair passed against a version on the sealed split."""

from typing import TYPE_CHECKING

from django.db import models

from bounty import clock
from bounty.models import Competition, HostedModelVersion
from submissions.models.round import Candidate

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from bounty.models import User


class CertificateQuerySet(models.QuerySet["Certificate"]):
    """Who may see which certificates, in one place."""

    def visible_to(self, user: "User | AnonymousUser") -> "CertificateQuerySet":
        """Whoever may see the competition: what is certified is part of its model."""
        return self.filter(version__competition__in=Competition.objects.visible_to(user))


class Certificate(models.Model):
    """Two signed statements: one made when the claim passed, and at the close another with the sealed numbers, which
    names the first by its digest. Both are kept and handed out as the bytes that were signed."""

    candidate = models.OneToOneField(Candidate, on_delete=models.PROTECT, related_name="certificate")
    version = models.ForeignKey(HostedModelVersion, on_delete=models.PROTECT, related_name="certificates")
    issued_at = models.DateTimeField(default=clock.now, editable=False)
    body = models.JSONField(help_text="What the statement says: digests, test number, level, q, ledger.")
    digest = models.CharField(max_length=64, unique=True, help_text="sha256 of the statement's canonical bytes.")
    document = models.TextField(blank=True, help_text="The statement as signed; empty where it was made before keys.")
    sealed = models.JSONField(null=True, blank=True, help_text="Exact sealed numbers, from the close on.")
    closing_document = models.TextField(blank=True, help_text="The second statement as signed, from the close on.")

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"certificate {self.digest[:12]}"
