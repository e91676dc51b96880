"""What one job may use; a kind of job has its own, and a competition may set its own within them."""

from dataclasses import dataclass
from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB

MAX_MESSAGE_BYTES: Final = 4 * KIB
MAX_SOURCE_BYTES: Final = 256 * KIB
MAX_MODEL_BYTES: Final = 32 * MIB


@dataclass(frozen=True)
class Limits:
    """Limits of one run in the box; a hidden run has them once for each of its two views.

    ``memory_bytes`` is address space beyond what the waiting interpreter and the table already take.
    """

    cpu_s: int
    wall_s: float
    memory_bytes: int
    log_bytes: int = 64 * KIB
    files: int = 64
    threads: int = 32


GROUP_LIMITS: Final = Limits(cpu_s=8, wall_s=30.0, memory_bytes=1 * GIB)
PATCH_LIMITS: Final = Limits(cpu_s=60, wall_s=180.0, memory_bytes=2 * GIB)
MODEL_LIMITS: Final = Limits(cpu_s=20, wall_s=60.0, memory_bytes=2 * GIB)

COARSE_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 180.0, 360.0)


def coarse(duration_s: float) -> float:
    """The next rung up: all that is told of how long a run on hidden rows took, for time is a channel too.

    Example:
        >>> coarse(0.03), coarse(3.2), coarse(9999.0)
        (1.0, 5.0, 360.0)
    """
    return next((rung for rung in COARSE_S if duration_s <= rung), COARSE_S[-1])
