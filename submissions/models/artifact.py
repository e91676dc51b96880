"""Uploaded files, by their sha256; immutable."""

from django.db import models

from bounty import clock


class Artifact(models.Model):
    """The bytes of an uploaded source or model. Two uploads of the same bytes are one artifact."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    size_bytes = models.PositiveIntegerField()
    file = models.CharField(max_length=200, help_text="In the default storage.")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return f"sha256:{self.sha256[:12]}"
