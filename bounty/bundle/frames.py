"""Parquet and CSV as frames of a few plain types, with what stands in the way of that."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from bounty.bundle.faults import BundleFault, name_rows

MAX_ROWS: Final = 2_000_000
MAX_COLUMNS: Final = 500
MAX_MEMORY_BYTES: Final = 4 * 1024**3
MAX_NAME: Final = 100
CSV: Final = ".csv"
NUMBERS, TEXT, EMPTY = "numbers", "text", "empty"  # types of a CSV's columns; Parquet has its own for numbers
MISSING_NUMBERS: Final = ("", "NA", "NaN", "nan")
# A leading zero (0213) means a code, not a number.
NUMBER: Final = r"^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$"
WHOLE: Final = r"^[+-]?(?:0|[1-9]\d{0,17})$"


@dataclass
class Frame:
    """One split: its rows in int64, float64 and str columns, and each column's type as the file has it."""

    file: str
    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    types: dict[str, str] = field(default_factory=dict)
    faults: list[BundleFault] = field(default_factory=list)

    @property
    def is_csv(self) -> bool:
        return self.file.endswith(CSV)

    def plain_type(self, name: str) -> str:
        """The type as far as a CSV can tell it."""
        return self.types[name] if self.types[name] in {TEXT, EMPTY} else NUMBERS

    def refuse(self, code: str, sentence: str, *, column: str = "", rows: Sequence[int] = ()) -> None:
        """Note a fault; ``rows`` are positions from 0, told from 1."""
        numbers = [row + 1 for row in rows]
        where = f" ({name_rows(numbers)})" if numbers else ""
        first = numbers[0] if numbers else 0
        self.faults.append(BundleFault(self.file, first, column, code, f"{sentence.rstrip('.')}{where}."))


def read(file: str, data: bytes, *, as_text: frozenset[str]) -> Frame:
    """The rows of one file. In a CSV the columns ``as_text`` (id, unit) stay text whatever they look like."""
    frame = Frame(file)
    try:
        table = _read_csv(frame, data, as_text) if frame.is_csv else _read_parquet(frame, data)
    except (pa.ArrowException, OSError, ValueError, UnicodeDecodeError) as error:
        frame.refuse("FILE_UNREADABLE", f"The file cannot be read: {str(error).splitlines()[0][:200]}")
        return frame
    if frame.faults or table is None:
        return frame
    if table.num_rows == 0:
        frame.refuse("FILE_EMPTY", "The file has no rows.")
        return frame
    frame.rows = pd.DataFrame({name: _convert(frame, name, table[name]) for name in table.column_names})
    return frame


def _check_shape(frame: Frame, names: list[str], rows: int) -> None:
    if rows > MAX_ROWS:
        frame.refuse("FILE_TOO_LARGE", f"The file has {rows:,} rows; {MAX_ROWS:,} are taken.")
    if len(names) > MAX_COLUMNS:
        frame.refuse("FILE_TOO_LARGE", f"The file has {len(names):,} columns; {MAX_COLUMNS} are taken.")
    for name in sorted({name for name in names if names.count(name) > 1}):
        frame.refuse("COLUMN_TWICE", "The column is there more than once.", column=name)
    for name in names:
        if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
            frame.refuse("COLUMN_NAME", f"A column's name has 1 to {MAX_NAME} printable characters.", column=name[:50])


def _read_parquet(frame: Frame, data: bytes) -> pa.Table | None:
    file = pq.ParquetFile(io.BytesIO(data))
    _check_shape(frame, file.schema_arrow.names, file.metadata.num_rows)
    if frame.faults:
        return None
    # Text is kept as a dictionary while it is measured: a few bytes of Parquet can stand for gigabytes of text.
    text = [item.name for item in file.schema_arrow if _is_text(item.type)]
    table = pq.ParquetFile(io.BytesIO(data), read_dictionary=text).read()
    if sum(_expanded_bytes(column) for column in table.columns) > MAX_MEMORY_BYTES:
        frame.refuse("FILE_TOO_LARGE", f"The file unpacks to more than {MAX_MEMORY_BYTES // 1024**3} GiB.")
        return None
    for item in table.schema:
        frame.types[item.name] = _type_name(item.type)
    return table


def _expanded_bytes(column: pa.ChunkedArray) -> int:
    total = column.nbytes
    if pa.types.is_dictionary(column.type) and _is_text(column.type.value_type):
        for chunk in column.chunks:
            lengths = pc.take(pc.binary_length(chunk.dictionary), chunk.indices)
            total += pc.sum(lengths).as_py() or 0
    return int(total)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _type_name(kind: pa.DataType) -> str:
    """The type as told to the organiser; the ways Arrow has to keep text are one."""
    if pa.types.is_dictionary(kind):
        return _type_name(kind.value_type)
    return TEXT if _is_text(kind) else str(kind)


def _convert(frame: Frame, name: str, column: pa.ChunkedArray) -> "pd.Series[Any]":
    """A column in one of four kinds; any other type is a fault and becomes missing text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
        column = column.cast(kind)
    if pa.types.is_boolean(kind):
        return _numbers(column.cast(pa.int8()))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _numbers(column)
    if _is_text(kind):
        return pd.Series(column.cast(pa.large_string()).to_pandas(), dtype="str")
    frame.refuse("COLUMN_TYPE", f"{kind} is not taken; make it numbers, truth values or text.", column=name)
    return pd.Series(np.nan, index=range(len(column)), dtype="str")


def _numbers(column: pa.ChunkedArray) -> "pd.Series[Any]":
    if pa.types.is_integer(column.type) and column.null_count == 0:
        return pd.Series(column.cast(pa.int64()).to_numpy())  # an ArrowInvalid here is a number past 64 bits
    return pd.Series(column.cast(pa.float64(), safe=False).to_numpy())


def _read_csv(frame: Frame, data: bytes, as_text: frozenset[str]) -> pa.Table | None:
    """All cells as text first, so that one odd cell is seen; then each column as the one kind all its cells fit."""
    header = pa.csv.open_csv(io.BytesIO(data), parse_options=_csv_shape(None)).schema.names
    _check_shape(frame, header, 0)
    if frame.faults:
        return None
    short: list[int] = []
    table = pa.csv.read_csv(
        io.BytesIO(data),
        read_options=pa.csv.ReadOptions(use_threads=False, block_size=64 * 1024 * 1024),
        parse_options=_csv_shape(short),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.large_string()), strings_can_be_null=False
        ),
    )
    if short:
        frame.refuse("ROW_LENGTH", f"A row has another number of cells than the header's {len(header)}", rows=short)
        return None
    _check_shape(frame, header, table.num_rows)
    columns = {name: _infer(table[name], text=name in as_text) for name in header}
    frame.types = {name: _csv_type(values) for name, values in columns.items()}
    return None if frame.faults else pa.table(columns)


def _csv_type(column: pa.ChunkedArray) -> str:
    if column.null_count == len(column):
        return EMPTY
    return NUMBERS if pa.types.is_primitive(column.type) else TEXT


def _csv_shape(short: "list[int] | None") -> Any:
    def skip(row: Any) -> str:
        if short is None:
            return "skip"
        short.append(row.number - 2)  # counted by the reader from 1, the header included
        return "skip"

    return pa.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip)


def _infer(column: pa.ChunkedArray, *, text: bool) -> pa.ChunkedArray:
    filled = pc.if_else(pc.is_in(column, pa.array(MISSING_NUMBERS, pa.large_string())), None, column)
    present = filled.drop_null()
    if not text and len(present) and pc.all(pc.match_substring_regex(present, WHOLE)).as_py():
        return filled.cast(pa.int64())
    if not text and len(present) and pc.all(pc.match_substring_regex(present, NUMBER)).as_py():
        return filled.cast(pa.float64())
    return pc.if_else(pc.equal(column, ""), None, column)
