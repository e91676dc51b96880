"""When a thread that looks at the database from time to time need not look: nobody has written since."""

import time
from typing import Final

from django.db import connection

AT_LEAST_EVERY_S: Final = 2.0  # time alone makes rows due too: a lease that runs out, a moment of the schedule


class Turns:
    """Of one thread, over its own connection.

    SQLite tells for next to nothing whether another connection has written (``PRAGMA data_version``): on an idle site a
    thread that asks this five times a second costs a tenth of one that asks for rows. Elsewhere every turn is due, and
    turns are rarer.
    """

    def __init__(self) -> None:
        self._seen: int | None = None
        self._looked_at = float("-inf")

    def is_due(self) -> bool:
        """Whether to look now. What the look itself writes makes no turn due: the look has seen to it."""
        written = self._written()
        now = time.monotonic()
        if written is not None and written == self._seen and now < self._looked_at + AT_LEAST_EVERY_S:
            return False
        self._seen, self._looked_at = written, now
        return True

    def _written(self) -> int | None:
        if connection.vendor != "sqlite":
            return None
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            version: int = cursor.fetchone()[0]
            return version
