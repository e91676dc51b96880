"""Tree to plain JSON values and back. What comes back is treated as hostile: every node is validated in full."""

from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from scoring.predicates.errors import PredicateError, PredicateFault
from scoring.predicates.tree import (
    MAX_DEPTH,
    MAX_LITERALS,
    MAX_TEXT,
    And,
    Between,
    Compare,
    In,
    Missing,
    Node,
    Not,
    Operator,
    Or,
    Value,
    conjunction,
    disjunction,
    exact_number,
    unstorable,
)

FORMAT: Final = 1


def stored(node: Node) -> dict[str, object]:
    """One node, and those below it, as plain JSON values."""
    match node:
        case And(parts) | Or(parts):
            return {"is": "and" if isinstance(node, And) else "or", "parts": [stored(part) for part in parts]}
        case Not(part):
            return {"is": "not", "part": stored(part)}
        case Compare(column, operator, value):
            return {"is": "compare", "column": column, "operator": operator.value, "value": value}
        case In(column, values, negated):
            return {"is": "in", "column": column, "values": list(values), "negated": negated}
        case Between(column, low, high):
            return {"is": "between", "column": column, "low": low, "high": high}
        case Missing(column, negated):
            return {"is": "missing", "column": column, "negated": negated}


def restored(data: object, depth: int = 0) -> Node:
    """The node stored as ``data``.

    Raises PredicateError: PREDICATE_TREE, or PREDICATE_TOO_LARGE for a tree deeper than a predicate may be.
    """
    if depth > MAX_DEPTH:
        message = f"The predicate's tree is more than {MAX_DEPTH} levels deep."
        raise PredicateError(PredicateFault.TOO_LARGE, message)
    fields = _object(data)
    kind = fields.get("is")
    if not isinstance(kind, str) or kind not in _READERS:
        _refuse("has a node of no known kind")
    names, reader = _READERS[kind]
    if set(fields) != {"is", *names}:
        _refuse(f"has a node of kind {kind} with other fields than {', '.join(names)}")
    return reader(fields, depth)


def _and(fields: dict[str, object], depth: int) -> Node:
    return conjunction(_parts(fields["parts"], depth))


def _or(fields: dict[str, object], depth: int) -> Node:
    return disjunction(_parts(fields["parts"], depth))


def _not(fields: dict[str, object], depth: int) -> Node:
    return Not(restored(fields["part"], depth + 1))


def _compare(fields: dict[str, object], depth: int) -> Node:
    operator = fields["operator"]
    if not isinstance(operator, str) or operator not in tuple(Operator):
        _refuse("has a comparison of no known kind")
    return Compare(_column(fields["column"]), Operator(operator), _value(fields["value"]))


def _in(fields: dict[str, object], depth: int) -> Node:
    values = tuple(_value(value) for value in _list(fields["values"], 1))
    return In(_column(fields["column"]), values, _truth(fields["negated"]))


def _between(fields: dict[str, object], depth: int) -> Node:
    return Between(_column(fields["column"]), _value(fields["low"]), _value(fields["high"]))


def _missing(fields: dict[str, object], depth: int) -> Node:
    return Missing(_column(fields["column"]), _truth(fields["negated"]))


_READERS: Final[dict[str, tuple[tuple[str, ...], Callable[[dict[str, object], int], Node]]]] = {
    "and": (("parts",), _and),
    "or": (("parts",), _or),
    "not": (("part",), _not),
    "compare": (("column", "operator", "value"), _compare),
    "in": (("column", "values", "negated"), _in),
    "between": (("column", "low", "high"), _between),
    "missing": (("column", "negated"), _missing),
}


def _object(data: object) -> dict[str, object]:
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        _refuse("has something else where a node should be")
    return data


def _parts(data: object, depth: int) -> tuple[Node, ...]:
    return tuple(restored(part, depth + 1) for part in _list(data, 2))


def _list(data: object, least: int) -> Sequence[object]:
    if not isinstance(data, list) or not least <= len(data):
        _refuse(f"has something else where a list of {least} or more should be")
    if len(data) > MAX_LITERALS:
        raise PredicateError(PredicateFault.TOO_LARGE, f"The predicate's tree has a list over {MAX_LITERALS:,} long.")
    return data


def _column(data: object) -> str:
    return _text(data) if isinstance(data, str) else _refuse("has something else where a column's name should be")


def _value(data: object) -> Value:
    if isinstance(data, str):
        return _text(data)
    number = exact_number(data) if isinstance(data, int | float) and not isinstance(data, bool) else None
    if number is None:
        _refuse("has something else where a number or text should be")
    return number


def _text(data: str) -> str:
    if len(data) > MAX_TEXT or unstorable(data) is not None:
        _refuse("holds text that is too long or cannot be stored")
    return data


def _truth(data: object) -> bool:
    if not isinstance(data, bool):
        _refuse("has something else where true or false should be")
    return data


def _refuse(what: str) -> NoReturn:
    raise PredicateError(PredicateFault.TREE, f"The stored predicate {what}.")
