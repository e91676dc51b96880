"""The public keys that statements of this site were signed with; private ones are in no database."""

from django.db import models

from bounty import clock


class SigningKey(models.Model):
    """A key from its first use on. It stays published when another takes its place, so that what it signed can be
    checked for ever."""

    key_id = models.CharField(max_length=16, unique=True, help_text="The first 16 digits of the sha256 of the key.")
    public_key = models.CharField(max_length=64, help_text="Ed25519, 32 bytes in hexadecimal digits.")
    first_used_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"key {self.key_id}"
