"""What every lock on a row has in common."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = re.compile(r"select_for_update\((.*?)\)\.", re.DOTALL)


def test_every_row_is_locked_without_its_key() -> None:
    """The ring that the key would make is shown in test_races.py; here, that nobody makes another."""
    locks = {
        f"{path.relative_to(ROOT)}: {arguments}": "no_key=True" in arguments
        for app in ("bounty", "submissions")
        for path in (ROOT / app).rglob("*.py")
        for arguments in LOCK.findall(path.read_text())
    }
    assert len(locks) > 5
    assert [lock for lock, free in locks.items() if not free] == []
