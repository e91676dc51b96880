"""Which processes belong to a box, as the trusted side sees them from outside."""

import contextlib
from pathlib import Path


def family_of(first: int) -> frozenset[int]:
    """The process and all that descends from it, the orphans of its namespace included."""
    above = parents()
    found = {first}
    while more := {child for child, parent in above.items() if parent in found} - found:
        found |= more
    return frozenset(found)


def parents() -> dict[int, int]:
    """The parent of every process that can be seen."""
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            # the name, in brackets, may hold spaces: what follows the last bracket is state and parent
            found[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def name_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:  # it ended meanwhile
        return ""
