"""Tables and source as sealed memory files: written once on the trusted side, mapped copy-on-write by each job.

Layout of a table: magic, length of the header, header (JSON: names, types, places, categories), then the columns'
bytes, each on a 64-byte boundary. Sealed means that nobody, not even the writer, can change or resize it any more.
"""

import ctypes
import fcntl
import json
import mmap
import os
import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.tables import Column, NumberColumn, Table, TextColumn

PREFIX: Final = struct.Struct("<4sxxxxQ")
MAGIC: Final = b"BBT1"
ALIGNMENT: Final = 64
F_ADD_SEALS: Final = 1033
ALL_SEALS: Final = 0x1 | 0x2 | 0x4 | 0x8  # no more seals, no shrinking, growing, writing
MFD_NOEXEC_SEAL: Final = 0x8  # Linux 6.3; earlier kernels refuse the flag

libc: Final = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
MAP_FAILED: Final = ctypes.c_void_p(-1).value

Values = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.int32]
Rows = NDArray[np.int64] | tuple[slice, ...] | None  # by number, or stretches one behind the other, or all


def seal_table(table: Table, rows: Rows = None) -> int:
    """A sealed memory file with the table, or with the given rows of it in that order; the caller closes it."""
    n_rows = sum(len(piece) for piece in _pieces(np.arange(table.n_rows), rows))
    header, places, size = _header(table, n_rows)
    file = memory_file()
    try:
        os.ftruncate(file, size)
        os.pwrite(file, PREFIX.pack(MAGIC, len(header)) + header, 0)
        for column, place in zip(table, places, strict=True):
            # gathering into a small array and writing it is quicker than filling a mapping page by page
            for piece in _pieces(values_of(column), rows):
                _write(file, np.ascontiguousarray(piece).view(np.uint8), place)
                place += piece.nbytes  # noqa: PLW2901 - the next piece goes behind this one
        fcntl.fcntl(file, F_ADD_SEALS, ALL_SEALS)
    except BaseException:  # whatever happened, the descriptor must not leak
        os.close(file)
        raise
    return file


def _pieces(values: Values, rows: Rows) -> list[Values]:
    if rows is None:
        return [values]
    return [values[stretch] for stretch in rows] if isinstance(rows, tuple) else [values.take(rows)]


def seal_bytes(data: bytes) -> int:
    """A sealed memory file with ``data``; the caller closes it."""
    file = memory_file()
    _write(file, np.frombuffer(data, dtype=np.uint8), 0)
    fcntl.fcntl(file, F_ADD_SEALS, ALL_SEALS)
    return file


def reopen(file: int) -> int:
    """A fresh read-only description of a sealed file: no job shares an offset, a lock or a mode with another."""
    return os.open(f"/proc/self/fd/{file}", os.O_RDONLY | os.O_CLOEXEC)


def map_table(file: int) -> Table:
    """The table in ``file`` as copy-on-write views: a job may write into them, and nobody else ever sees it."""
    buffer = _map(file, os.fstat(file).st_size)
    magic, size = PREFIX.unpack_from(buffer)
    if magic != MAGIC:
        raise ValueError("not a table")
    header = json.loads(bytes(buffer[PREFIX.size : PREFIX.size + size]))
    n_rows: int = header["n_rows"]
    columns: list[Column] = []
    for name, dtype, place, categories in header["columns"]:
        values = np.frombuffer(buffer, dtype=dtype, count=n_rows, offset=place)
        columns.append(
            NumberColumn(name, values) if categories is None else TextColumn(name, values, tuple(categories))
        )
    return Table(tuple(columns), n_rows)


def _map(file: int, size: int) -> "memoryview[int]":
    """A private mapping, for as long as the process lives; Python's own mmap would keep another descriptor open."""
    address = libc.mmap(None, size, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE, file, 0)
    if address == MAP_FAILED:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return memoryview((ctypes.c_char * size).from_address(address)).cast("B")


def memory_file() -> int:
    """An empty memory file that can be sealed; the caller closes it."""
    flags = os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC
    try:
        return os.memfd_create("table", flags | MFD_NOEXEC_SEAL)
    except OSError:
        return os.memfd_create("table", flags)


def values_of(column: Column) -> Values:
    """What a column holds for each row: its numbers, or the codes of its words."""
    return column.codes if isinstance(column, TextColumn) else column.values


def _header(table: Table, n_rows: int) -> tuple[bytes, list[int], int]:
    """The header, where each column starts, and where the last one ends; room is left for the longest header."""
    described = [(c.name, values_of(c).dtype.str, c.categories if isinstance(c, TextColumn) else None) for c in table]
    widest = len(json.dumps([(name, dtype, 1 << 62, categories) for name, dtype, categories in described])) + 128
    place, places = _aligned(PREFIX.size + widest), []
    for column in table:
        places.append(place)
        place = _aligned(place + n_rows * values_of(column).itemsize)
    columns = [[name, dtype, at, kinds] for (name, dtype, kinds), at in zip(described, places, strict=True)]
    return json.dumps({"n_rows": n_rows, "columns": columns}).encode(), places, place


def _aligned(place: int) -> int:
    return -(-place // ALIGNMENT) * ALIGNMENT


def _write(file: int, values: NDArray[np.uint8], place: int) -> None:
    while values.size:
        written = os.pwrite(file, values.data, place)
        values, place = values[written:], place + written
