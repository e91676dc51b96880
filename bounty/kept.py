"""Files known by their digest: written once, and written anew where a kill cut the first write short."""

from django.core.files.base import ContentFile
from django.core.files.storage import Storage


def keep(storage: Storage, path: str, data: bytes) -> None:
    """Store ``data`` at ``path``, which its digest names. A file of another size is what a dying process left."""
    if storage.exists(path):
        if storage.size(path) == len(data):
            return
        storage.delete(path)
    storage.save(path, ContentFile(data))
