"""Tree to text: the canonical form, which parses back to the same tree."""

import re
from typing import Final

from scoring.predicates.tokens import KEYWORDS
from scoring.predicates.tree import And, Between, Compare, In, Missing, Node, Not, Or, Test, Value

_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def canonical(node: Node) -> str:
    """The canonical text of a tree.

    Example:
        >>> canonical(Not(And((Compare("a b", ">", 1.5), In("sex", ("F",))))))
        'not ("a b" > 1.5 and sex in (\\'F\\'))'
    """
    match node:
        case And(parts):
            return " and ".join(_enclosed(part) if isinstance(part, Or) else canonical(part) for part in parts)
        case Or(parts):
            return " or ".join(_enclosed(part) if isinstance(part, And) else canonical(part) for part in parts)
        case Not(part):
            return f"not {_enclosed(part)}"
        case _:
            return _test(node)


def _enclosed(node: Node) -> str:
    return f"({canonical(node)})"


def _test(test: Test) -> str:
    column = _column(test.column)
    match test:
        case Compare(_, operator, value):
            return f"{column} {operator} {_value(value)}"
        case In(_, values, negated):
            listed = ", ".join(_value(value) for value in values)
            return f"{column} {'not in' if negated else 'in'} ({listed})"
        case Between(_, low, high):
            return f"{column} between {_value(low)} and {_value(high)}"
        case Missing(_, negated):
            return f"{column} is {'not missing' if negated else 'missing'}"


def _column(name: str) -> str:
    if _BARE.fullmatch(name) and name.lower() not in KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def _value(value: Value) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)
