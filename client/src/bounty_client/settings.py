"""Which site, and with which token: as given, else of the environment, else of ``bounty login``.

The tokens lie in one file that nobody but its owner may read, under XDG_CONFIG_HOME.
"""

import json
import os
import stat
from pathlib import Path
from typing import Any, Final

from bounty_client.problems import NotSignedIn

ADDRESS_VARIABLE: Final = "BOUNTY_URL"
TOKEN_VARIABLE: Final = "BOUNTY_TOKEN"
HERE: Final = "http://127.0.0.1:8000"  # where `make run` serves
TIMEOUT_S: Final = 60.0  # for an answer to begin, or to go on
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def address_or_default(address: str | None) -> str:
    """The site's address, without a slash at its end."""
    found = address or os.environ.get(ADDRESS_VARIABLE) or str(_read().get("address", "")) or HERE
    return found.rstrip("/")


def token_or_default(address: str, token: str | None) -> str:
    """The token for that site, or none."""
    if token is not None:
        return token
    return os.environ.get(TOKEN_VARIABLE) or kept_token(address)


def credentials_file() -> Path:
    """Where ``bounty login`` keeps tokens."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "bounty" / "credentials.json"


def keep(address: str, token: str) -> Path:
    """Keep the token for that site, which is the one that is meant from now on."""
    kept = _read()
    tokens = {**kept.get("tokens", {}), address: token}
    file = credentials_file()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = file.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        json.dump({"address": address, "tokens": tokens}, opened)
    beside.replace(file)
    return file


def kept_token(address: str) -> str:
    """The token that is kept for that site, or none."""
    return str(_read().get("tokens", {}).get(address, ""))


def forget(address: str) -> None:
    """Forget the token for that site."""
    kept = _read()
    if address in kept.get("tokens", {}):
        keep(address, "")


def _read() -> dict[str, Any]:
    file = credentials_file()
    try:
        mode = file.stat().st_mode
        if mode & _OTHERS:
            raise NotSignedIn(f"Others may read {file}. Run: chmod 600 {file}")
        kept = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise NotSignedIn(f"{file} cannot be read. Remove it and sign in again: bounty login") from error
    return kept if isinstance(kept, dict) else {}
