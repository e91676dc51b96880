"""The reading end of a job's pipe, on whichever side of the wall it is read."""

import os
from dataclasses import dataclass, field
from typing import Final

CHUNK_BYTES: Final = 1 << 16


@dataclass
class Pipe:
    """The reading end of one of the job's pipes, read up to one byte more than may be right."""

    file: int
    limit: int
    data: bytearray = field(default_factory=bytearray)

    @property
    def overflowed(self) -> bool:
        return len(self.data) > self.limit

    def read(self) -> bool:
        """Takes what is there; False when no more is wanted or none will come."""
        piece = os.read(self.file, min(CHUNK_BYTES, self.limit + 1 - len(self.data)))
        self.data += piece
        return bool(piece) and not self.overflowed
