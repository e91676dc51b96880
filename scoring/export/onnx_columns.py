"""The columns of a table as an ONNX graph reads them: doubles with NaN, and strings, empty if missing."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from scoring.export.graph import DOUBLE, STRING, Graph

MISSING: Final = ""  # a missing text; where a column holds the empty string, that is one too


class GivenColumns:
    """The inputs of a graph, each declared when a column is first read."""

    def __init__(self, graph: Graph, kinds: Mapping[str, str]) -> None:
        """``kinds`` says of each column whether it is ``number`` or ``text``."""
        self.graph = graph
        self.kinds = kinds

    def number(self, column: str) -> str:
        """The column's values: double ``[rows]``."""
        return self.graph.given(column, DOUBLE)

    def text(self, column: str) -> str:
        """The column's values: string ``[rows]``."""
        return self.graph.given(column, STRING)

    def places(self, column: str, values: Mapping[str, int], *, missing: int, unknown: int) -> str:
        """A whole number for each text: int64 ``[rows]``."""
        keys = [value for value in values if value != MISSING]
        numbers = [missing, *(values[key] for key in keys)]
        table = {"keys_strings": [MISSING, *keys], "values_int64s": numbers, "default_int64": unknown}
        return self.graph.add("LabelEncoder", self.text(column), **table)

    def as_column(self, rows: str) -> str:
        """``[rows]`` as ``[rows, 1]``."""
        return self.graph.add("Unsqueeze", rows, self.graph.constant(np.array([1])))

    def rows(self) -> str:
        """The number of rows, as a shape ``[1]``, told by the first column."""
        first = next(iter(self.kinds))
        values = self.number(first) if self.kinds[first] == "number" else self.text(first)
        return self.graph.add("Shape", values)

    def filled(self, values: Sequence[float]) -> str:
        """The same values on every row: double ``[rows, values]``."""
        size = self.graph.constant(np.array([len(values)]))
        shape = self.graph.add("Concat", self.rows(), size, axis=0)
        return self.graph.add("Expand", self.graph.constant(np.array([values], dtype=np.float64)), shape)
