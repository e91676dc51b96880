"""Tree to plain words, for people who read the board."""

from typing import Final

from scoring.predicates.tree import And, Between, Compare, In, Missing, Node, Not, Operator, Or, Test, Value

_PHRASES: Final = {
    Operator.EQUAL: "is",
    Operator.UNEQUAL: "is not",
    Operator.LESS: "is less than",
    Operator.AT_MOST: "is at most",
    Operator.MORE: "is more than",
    Operator.AT_LEAST: "is at least",
}


def words(node: Node) -> str:
    """The predicate in plain words.

    Example:
        >>> words(And((Compare("sex", Operator.EQUAL, "Female"), Between("age", 25, 34))))
        'sex is Female and age is from 25 to 34'
    """
    match node:
        case And(parts):
            return " and ".join(_clear(part) for part in parts)
        case Or(parts):
            return " or ".join(_clear(part) for part in parts)
        case Not(part):
            return f"not ({words(part)})"
        case _:
            return _test(node)


def _clear(node: Node) -> str:
    return f"({words(node)})" if isinstance(node, And | Or) else words(node)


def _test(test: Test) -> str:
    match test:
        case Compare(column, operator, value):
            return f"{column} {_PHRASES[operator]} {_value(value)}"
        case In(column, values, negated):
            *first, last = [_value(value) for value in values]
            listed = f"{', '.join(first)} or {last}" if first else last
            return f"{column} {'is not' if negated else 'is'} {listed}"
        case Between(column, low, high):
            return f"{column} is from {_value(low)} to {_value(high)}"
        case Missing(column, negated):
            return f"{column} is {'known' if negated else 'missing'}"


def _value(value: Value) -> str:
    return (value or "empty text") if isinstance(value, str) else repr(value)
