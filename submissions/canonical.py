"""Canonical JSON, and its digest: what certificates and statements are known by."""

import hashlib
import json
from collections.abc import Mapping


def canonical(body: Mapping[str, object]) -> bytes:
    """Sorted keys, no spaces, UTF-8, no NaN: equal content is equal bytes."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(body: Mapping[str, object]) -> str:
    return hashlib.sha256(canonical(body)).hexdigest()
