"""Where files lie: in the data folder, or, where several hosts share them, in a bucket of an S3 store."""

from importlib import import_module
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SHAPE: Final = "s3://KEY:SECRET@BUCKET/PREFIX?endpoint=https://HOST&region=REGION"
_FILES: Final = "django.core.files.storage.FileSystemStorage"
_S3: Final = "storages.backends.s3.S3Storage"
_PARAMETERS: Final = {"endpoint", "region", "addressing"}


def storages(url: str, *, folder: Path) -> dict[str, Any]:
    """Django's settings of ``default`` and ``vault``: hidden features and labels, which bounty.vault alone opens.

    Raises:
        RuntimeError: for an address of another shape, or without the packages that speak S3. It never repeats the
            address, which holds a secret.
    """
    if url:
        return _in_bucket(url)
    private = {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
    return {
        "default": {"BACKEND": _FILES, "OPTIONS": {"location": str(folder / "files")}},
        "vault": {"BACKEND": _FILES, "OPTIONS": {"location": str(folder / "vault"), **private}},
    }


def _in_bucket(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    named = parse_qs(parts.query, keep_blank_values=True)
    complete = parts.scheme == "s3" and parts.hostname and parts.username and parts.password
    if not complete or not set(named) <= _PARAMETERS or any(len(values) != 1 for values in named.values()):
        raise RuntimeError(f"STORAGE_URL is not of the shape {SHAPE}; percent-encode the key and the secret.")
    shared = _shared(parts, {name: values[0] for name, values in named.items()})
    prefix = parts.path.strip("/")
    return {
        name: {"BACKEND": _S3, "OPTIONS": shared | {"location": f"{prefix}/{place}".strip("/")}}
        for name, place in (("default", "files"), ("vault", "vault"))
    }


def _shared(parts: SplitResult, named: dict[str, str]) -> dict[str, Any]:
    endpoint = named.get("endpoint")
    return {
        "access_key": unquote(parts.username or ""),
        "secret_key": unquote(parts.password or ""),
        "bucket_name": parts.netloc.rpartition("@")[2],  # as it is written: hostname would be in small letters
        "endpoint_url": endpoint,
        "region_name": named.get("region"),
        "client_config": _client(named.get("addressing", "path" if endpoint else "virtual")),
        # Whose they are and who may read them is the bucket's to say: no object is granted to anybody, and no address
        # that opens one is ever made. The site reads, and hands out what it has read.
        "default_acl": None,
        "querystring_auth": False,
        # Names are digests, or written once by an import; a name of S3's making would never be looked for.
        "file_overwrite": True,
    }


def _client(addressing: str) -> Any:
    try:
        import_module("storages.backends.s3")
        config = import_module("botocore.config").Config
    except (ImportError, ImproperlyConfigured) as error:  # the second is what the storage makes of the first
        sentence = "STORAGE_URL names an S3 store, and the packages that speak S3 are missing."
        raise RuntimeError(f"{sentence} Install them: pip install -r requirements-s3.txt") from error
    return config(
        signature_version="s3v4",
        s3={"addressing_style": addressing},
        connect_timeout=5,
        read_timeout=60,
        retries={"mode": "standard", "max_attempts": 4},
        # Stores other than Amazon's refuse the newer checksums; what is read is held to its sha256 anyway.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
