"""Tree to an SQL condition with the same, two-valued, meaning.

SQL answers NULL for a comparison with NULL, and NOT NULL is NULL again; so every test is wrapped to be false there,
and its negation true. A missing value must be NULL in the database, never the floating-point NaN.
"""

from scoring.predicates.tree import And, Between, Compare, In, Missing, Node, Not, Operator, Or, Test, Value

_SPELLING = {Operator.EQUAL: "=", Operator.UNEQUAL: "<>"}


def condition(node: Node) -> str:
    """The condition, fit for a WHERE clause; columns and text are quoted, so no parameters are needed.

    Example:
        >>> condition(Not(Compare("age", Operator.LESS, 25)))
        'NOT ("age" IS NOT NULL AND "age" < 25)'
    """
    match node:
        case And(parts):
            return "(" + " AND ".join(condition(part) for part in parts) + ")"
        case Or(parts):
            return "(" + " OR ".join(condition(part) for part in parts) + ")"
        case Not(part):
            return f"NOT {condition(part)}"
        case _:
            return _test(node)


def _test(test: Test) -> str:
    column = '"' + test.column.replace('"', '""') + '"'
    match test:
        case Compare(_, operator, value):
            inner = f"{column} {_SPELLING.get(operator, operator.value)} {_value(value)}"
        case In(_, values, negated):
            listed = ", ".join(_value(value) for value in values)
            inner = f"{column} {'NOT IN' if negated else 'IN'} ({listed})"
        case Between(_, low, high):
            inner = f"{column} BETWEEN {_value(low)} AND {_value(high)}"
        case Missing(_, negated):
            return f"({column} IS {'NOT NULL' if negated else 'NULL'})"
    return f"({column} IS NOT NULL AND {inner})"


def _value(value: Value) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)
