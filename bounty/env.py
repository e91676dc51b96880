"""What the environment may say; read once, by settings."""

import contextlib
import os
import re
import secrets
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from environs import Env

env = Env()
_SIGNING_KEY: Final = re.compile(r"[0-9a-f]{64}")


def given(name: str) -> str:
    """What ``name`` says, or the file that ``NAME_FILE`` names; empty without either."""
    if value := env.str(name, default=""):
        return str(value)
    named = env.str(f"{name}_FILE", default="")
    return Path(named).read_text().strip() if named else ""


def secret(name: str, *, fallback_file: Path, debug: bool, make: Callable[[], str] | None = None) -> str:
    """The secret ``name``, from the environment, from the file ``NAME_FILE`` names, or made once with mode 0600.

    Only a debug or embedded installation makes its own, by ``make``: in production a missing secret fails the start.
    """
    if value := given(name):
        return value
    if not debug:
        raise RuntimeError(f"{name} or {name}_FILE must be set in production.")
    if not fallback_file.exists():
        _keep(fallback_file, make() if make else secrets.token_urlsafe(50))
    return fallback_file.read_text().strip()


def signing_key(name: str, *, fallback_file: Path, debug: bool) -> str:
    """An Ed25519 private key as 64 hexadecimal digits, kept as `secret` keeps others.

    Raises:
        RuntimeError: where it is missing, or is none. It never repeats what was given.
    """
    key = secret(name, fallback_file=fallback_file, debug=debug, make=partial(secrets.token_hex, 32)).lower()
    if not _SIGNING_KEY.fullmatch(key):
        raise RuntimeError(f"{name} is not 64 hexadecimal digits; `openssl rand -hex 32` makes such a key.")
    return key


def _keep(path: Path, value: str) -> None:
    """Write it whole, and once: web server and worker may start together, and must not each have their own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-") as file:  # of mode 0600
        file.write(value)
        file.flush()
        with contextlib.suppress(FileExistsError):
            os.link(file.name, path)
