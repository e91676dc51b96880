"""Uploaded bytes, kept once by their sha256."""

import hashlib

from django.core.files.storage import default_storage

from bounty.errors import BountyError, Fault
from bounty.kept import keep as keep_file
from submissions.models import Artifact


def keep(data: bytes) -> Artifact:
    """Store ``data`` unless it is there already. The file is written before its row, so a row never lacks a file."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = f"artifacts/{sha256[:2]}/{sha256[2:]}"
    keep_file(default_storage, path, data)
    artifact, _ = Artifact.objects.get_or_create(sha256=sha256, defaults={"size_bytes": len(data), "file": path})
    return artifact


def read(artifact: Artifact) -> bytes:
    with default_storage.open(artifact.file) as file:
        data: bytes = file.read()
    if hashlib.sha256(data).hexdigest() != artifact.sha256:
        raise BountyError("ARTIFACT_DAMAGED", f"The stored file {artifact} is damaged.", fault=Fault.PLATFORM)
    return data
