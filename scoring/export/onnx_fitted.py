"""Fitted recipes as ONNX nodes, in double throughout, adding in the order in which scikit-learn adds.

Trees are walked level by level in the open rather than by TreeEnsemble operators, which sum in float32 or in an order
of their own; where scikit-learn compares in float32, so does the graph. That keeps decisions equal to the last bit.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.export.fitted import NOWHERE, Fitted
from scoring.export.graph import DOUBLE, FLOAT, INT64, Graph
from scoring.export.onnx_columns import GivenColumns

FAR = 1e30
SET_SIZE = 258  # categories of one column, and one place for missing ones


def fitted_answers(given: GivenColumns, fitted: Fitted) -> str:
    """The answers ``[rows]``: class numbers (int64), or real values or chances (double)."""
    graph = given.graph
    found = _answered(graph, _raw(given, fitted), fitted)
    if "steps" not in fitted:
        return found
    mapped = _interpolated(given, found, fitted["steps"]["x"], fitted["steps"]["y"])
    if not fitted["halved"]:
        return mapped
    return graph.add("Cast", graph.add("GreaterOrEqual", mapped, graph.constant(np.array(0.5))), to=INT64)


def _answered(graph: Graph, raw: str, fitted: Fitted) -> str:
    then = fitted["then"]
    if then == "argmax":
        return _classes(graph, fitted, graph.add("ArgMax", raw, axis=1, keepdims=0))
    if then in ("value", "second"):
        return _column(graph, raw, -1)
    first = _column(graph, raw, 0)
    if then == "chance":
        return _chance(graph, first)
    zero = graph.constant(np.array(0.0))
    beyond = graph.add("GreaterOrEqual" if then == "from_zero" else "Greater", first, zero)
    return _classes(graph, fitted, graph.add("Cast", beyond, to=INT64))


def _classes(graph: Graph, fitted: Fitted, places: str) -> str:
    return graph.add("Gather", graph.constant(np.array(fitted["classes"], dtype=np.int64)), places)


def _chance(graph: Graph, raw: str) -> str:
    """1 / (1 + exp(-raw)), written out: the runtime's own sigmoid is an approximation."""
    one = graph.constant(np.array(1.0))
    return graph.add("Div", one, graph.add("Add", one, graph.add("Exp", graph.add("Neg", raw))))


def _column(graph: Graph, matrix: str, place: int) -> str:
    return graph.add("Gather", matrix, graph.constant(np.array(place)), axis=1)


def _raw(given: GivenColumns, fitted: Fitted) -> str:
    if fitted["kind"] == "constant":
        return given.filled(fitted["raw"])
    matrix = _matrix(given, fitted)
    return _linear(given, fitted, matrix) if fitted["kind"] == "linear" else _trees(given, fitted, matrix)


def _matrix(given: GivenColumns, fitted: Fitted) -> str:
    """The columns as the model reads them: double ``[rows, columns of the matrix]``."""
    graph = given.graph
    blocks = [_text_block(given, text) for text in fitted["texts"]]
    absent = []
    numbers = []
    for column, median in zip(fitted["numbers"], fitted["medians"], strict=True):
        present, value = _filled(given, column, median)
        absent.append(present)
        numbers.append(value)
    numbers += [graph.add("Cast", absent[place], to=DOUBLE) for place in fitted["indicators"]]
    if fitted["center"] is not None:
        scales = zip(numbers, fitted["center"], fitted["scale"], strict=True)
        numbers = [_scaled(graph, value, center, scale) for value, center, scale in scales]
    blocks += [given.as_column(value) for value in numbers]
    return blocks[0] if len(blocks) == 1 else graph.add("Concat", *blocks, axis=1)


def _scaled(graph: Graph, value: str, center: float, scale: float) -> str:
    centred = graph.add("Sub", value, graph.constant(np.array(float(center))))
    return graph.add("Div", centred, graph.constant(np.array(float(scale))))


def _filled(given: GivenColumns, column: str, median: float) -> tuple[str, str]:
    """Whether a number is missing or infinite, and the number, cut to what models read, with the median there."""
    graph, value = given.graph, given.number(column)
    absent = graph.add("Or", graph.add("IsNaN", value), _is_infinite(graph, value))
    cut = graph.add("Clip", value, graph.constant(np.array(-FAR)), graph.constant(np.array(FAR)))
    return absent, graph.add("Where", absent, graph.constant(np.array(float(median))), cut)


def _is_infinite(graph: Graph, value: str) -> str:
    largest = graph.constant(np.array(np.finfo(np.float64).max))
    return graph.add("Greater", graph.add("Abs", value), largest)


def _text_block(given: GivenColumns, text: Fitted) -> str:
    graph, width = given.graph, text["width"]
    ends = {name: text[name] for name in ("missing", "unknown")}
    if text["ordinal"]:
        return given.as_column(graph.add("Cast", given.places(text["column"], text["places"], **ends), to=DOUBLE))
    shifted = {name: width if place == NOWHERE else place for name, place in text["places"].items()}
    ends = {name: width if place == NOWHERE else place for name, place in ends.items()}
    rows = np.vstack([np.eye(width), np.zeros(width)])  # the last has no one
    return graph.add("Gather", graph.constant(rows), given.places(text["column"], shifted, **ends))


def _linear(given: GivenColumns, fitted: Fitted, matrix: str) -> str:
    graph = given.graph
    sums = []
    for row, intercept in zip(fitted["coef"], fitted["intercept"], strict=True):
        total = _summed(graph, graph.add("Mul", matrix, graph.constant(np.array(row))))
        sums.append(given.as_column(graph.add("Add", total, graph.constant(np.array(float(intercept))))))
    return sums[0] if len(sums) == 1 else graph.add("Concat", *sums, axis=1)


def _summed(graph: Graph, matrix: str) -> str:
    """The sum of each row, from left to right: a running sum adds in that order, and ReduceSum does not."""
    return _column(graph, graph.add("CumSum", matrix, graph.constant(np.array(1))), -1)


def _trees(given: GivenColumns, fitted: Fitted, matrix: str) -> str:
    graph = given.graph
    if fitted["single"]:
        matrix = graph.add("Cast", graph.add("Cast", matrix, to=FLOAT), to=DOUBLE)
    walk = _Walk(graph, fitted, matrix)
    roots = graph.constant(np.array([fitted["roots"]], dtype=np.int64))
    shape = graph.add("Concat", given.rows(), graph.constant(np.array([len(fitted["roots"])])), axis=0)
    at = graph.add("Expand", roots, shape)
    for _ in range(max(fitted["depths"])):
        at = walk.down(at)
    values = np.array(fitted["values"], dtype=np.float64)
    sums = []
    for place, base in enumerate(fitted["base"]):
        leaves = graph.add("Gather", graph.constant(np.ascontiguousarray(values[:, place])), at)
        total = _summed(graph, graph.add("Concat", given.filled([base]), leaves, axis=1))
        sums.append(given.as_column(graph.add("Div", total, graph.constant(np.array(fitted["divide"])))))
    return sums[0] if len(sums) == 1 else graph.add("Concat", *sums, axis=1)


class _Walk:
    """All trees of a model, one level down at a time; ``at`` is the node that each row stands at in each tree."""

    def __init__(self, graph: Graph, fitted: Fitted, matrix: str) -> None:
        self._graph, self._matrix = graph, matrix
        self._feature, self._left, self._right = (self._whole(fitted[name]) for name in ("feature", "left", "right"))
        self._threshold = graph.constant(np.array(fitted["threshold"], dtype=np.float64))
        self._sets = _table(fitted["sets"])

    def down(self, at: str) -> str:
        graph = self._graph
        value = graph.add("GatherElements", self._matrix, self._picked(self._feature, at), axis=1)
        goes_left = graph.add("LessOrEqual", value, self._picked(self._threshold, at))
        if self._sets is not None:
            goes_left = self._among(at, value, goes_left)
        return graph.add("Where", goes_left, self._picked(self._left, at), self._picked(self._right, at))

    def _among(self, at: str, value: str, otherwise: str) -> str:
        """Where a node asks for a category: whether it is of those that go left."""
        assert self._sets is not None
        graph, (row_of, table) = self._graph, self._sets
        row = self._picked(self._whole(row_of), at)
        asks = graph.add("Greater", row, graph.constant(np.array(0)))
        category = graph.add("Cast", graph.add("Where", asks, value, graph.constant(np.array(0.0))), to=INT64)
        start = graph.add("Mul", row, graph.constant(np.array(SET_SIZE)))
        place = graph.add("Add", graph.add("Add", start, category), graph.constant(np.array(1)))
        among = graph.add("And", asks, self._picked(graph.constant(table), place))
        return graph.add(
            "Or", among, graph.add("And", graph.add("Not", asks), otherwise)
        )  # Where takes no truth values

    def _picked(self, values: str, places: str) -> str:
        return self._graph.add("Gather", values, places)

    def _whole(self, values: Sequence[int] | NDArray[np.int64]) -> str:
        return self._graph.constant(np.array(values, dtype=np.int64))


def _table(sets: Sequence[list[int] | None]) -> tuple[NDArray[np.int64], NDArray[Any]] | None:
    """For each node its row of a table of categories, 0 for none, and the table laid out flat; None without sets."""
    asking = [place for place, held in enumerate(sets) if held is not None]
    if not asking:
        return None
    row_of, table = np.zeros(len(sets), dtype=np.int64), np.zeros((len(asking) + 1, SET_SIZE), dtype=np.bool_)
    for row, place in enumerate(asking, start=1):
        row_of[place] = row
        table[row, np.array(sets[place], dtype=np.int64) + 1] = True
    return row_of, table.ravel()


def _interpolated(given: GivenColumns, values: str, xs: Sequence[float], ys: Sequence[float]) -> str:
    """A line through the points, and flat beyond them, by the formula of numpy.interp."""
    graph = given.graph
    if len(xs) == 1:
        return _column(graph, given.filled([ys[0]]), 0)
    x, y = np.array(xs), np.array(ys)
    value = graph.add("Clip", values, graph.constant(x[:1].reshape(())), graph.constant(x[-1:].reshape(())))
    inner = graph.constant(x[1:-1][np.newaxis, :])
    past = graph.add("Cast", graph.add("GreaterOrEqual", given.as_column(value), inner), to=INT64)
    at = graph.add("ReduceSum", past, graph.constant(np.array([1])), keepdims=0)
    low, start = (graph.add("Gather", graph.constant(points[:-1]), at) for points in (x, y))
    slope = graph.add("Gather", graph.constant(np.diff(y) / np.diff(x)), at)
    inside = graph.add("Add", graph.add("Mul", slope, graph.add("Sub", value, low)), start)
    last = graph.add("GreaterOrEqual", value, graph.constant(x[-1:].reshape(())))
    return graph.add("Where", last, graph.constant(y[-1:].reshape(())), inside)
