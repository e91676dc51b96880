"""Predicates as ONNX nodes. All comparisons are of doubles, so that a mask is the platform's, bit for bit."""

from functools import reduce
from typing import Final

import numpy as np

from scoring.export.onnx_columns import GivenColumns
from scoring.predicates.tree import And, Between, Compare, In, Missing, Node, Not, Operator, Or, Test, Value

_UNKNOWN, _ABSENT = 0, 1  # places of the table of hits; a text that is named has the next ones
_COMPARISONS: Final = {
    Operator.EQUAL: "Equal",
    Operator.LESS: "Less",
    Operator.AT_MOST: "LessOrEqual",
    Operator.MORE: "Greater",
    Operator.AT_LEAST: "GreaterOrEqual",
}


def group_mask(given: GivenColumns, node: Node) -> str:
    """The mask of a predicate: bool ``[rows]``."""
    graph = given.graph
    match node:
        case And(parts) | Or(parts):
            kind = "And" if isinstance(node, And) else "Or"
            return reduce(lambda one, other: graph.add(kind, one, other), [group_mask(given, part) for part in parts])
        case Not(part):
            return graph.add("Not", group_mask(given, part))
        case _:
            return _number(given, node) if given.kinds[node.column] == "number" else _text(given, node)


def _text(given: GivenColumns, test: Test) -> str:
    """A table of hits: for text that is not named, for missing text, and for each text that is."""
    named = dict.fromkeys(str(value) for value in test.values)
    negated = isinstance(test, In | Missing) and test.negated
    negated = negated or (isinstance(test, Compare) and test.operator is Operator.UNEQUAL)
    hits = [negated, isinstance(test, Missing) and not negated, *(not negated for _ in named)]
    places = {value: place for place, value in enumerate(named, start=2)}
    found = given.places(test.column, places, missing=_ABSENT, unknown=_UNKNOWN)
    return given.graph.add("Gather", given.graph.constant(np.array(hits)), found)


def _number(given: GivenColumns, test: Test) -> str:
    graph, values = given.graph, given.number(test.column)
    match test:
        case Missing(_, negated):
            absent = graph.add("IsNaN", values)
            return graph.add("Not", absent) if negated else absent
        case In(_, listed, negated):
            hits = [_compared(given, values, Operator.EQUAL, value) for value in listed]
            found = reduce(lambda one, other: graph.add("Or", one, other), hits)
            return _present(given, values, graph.add("Not", found)) if negated else found
        case Between(_, low, high):
            above = _compared(given, values, Operator.AT_LEAST, low)
            return graph.add("And", above, _compared(given, values, Operator.AT_MOST, high))
        case Compare(_, Operator.UNEQUAL, value):
            same = _compared(given, values, Operator.EQUAL, value)
            return _present(given, values, graph.add("Not", same))
        case Compare(_, comparison, value):
            return _compared(given, values, comparison, value)


def _compared(given: GivenColumns, values: str, comparison: Operator, value: Value) -> str:
    """False of NaN, as IEEE 754 has it."""
    return given.graph.add(_COMPARISONS[comparison], values, given.graph.constant(np.array(float(value))))


def _present(given: GivenColumns, values: str, mask: str) -> str:
    return given.graph.add("And", mask, given.graph.add("Not", given.graph.add("IsNaN", values)))
