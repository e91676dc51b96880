"""What the environment may say; read once, by settings."""

import secrets
from pathlib import Path

from environs import Env

env = Env()


def given(name: str) -> str:
    """What ``name`` says, or the file that ``NAME_FILE`` names; empty without either."""
    if value := env.str(name, default=""):
        return str(value)
    named = env.str(f"{name}_FILE", default="")
    return Path(named).read_text().strip() if named else ""


def secret(name: str, *, fallback_file: Path, debug: bool) -> str:
    """The secret ``name``, from the environment, from the file ``NAME_FILE`` names, or made once with mode 0600.

    Only a debug or embedded installation makes its own: in production a missing secret fails the start.
    """
    if value := given(name):
        return value
    if not debug:
        raise RuntimeError(f"{name} or {name}_FILE must be set in production.")
    if not fallback_file.exists():
        fallback_file.parent.mkdir(parents=True, exist_ok=True)
        fallback_file.touch(mode=0o600)
        fallback_file.write_text(secrets.token_urlsafe(50))
    return fallback_file.read_text().strip()
