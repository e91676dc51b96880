"""Tree and table to a mask, column by column; text is compared once a category, not once a row."""

import operator
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scoring.predicates.predicate import Predicate
from scoring.predicates.schema import check, schema_of
from scoring.predicates.tree import And, Between, Compare, In, Missing, Node, Not, Operator, Or, Test, Value
from scoring.tables import NumberColumn, Table, TextColumn
from scoring.types import Bools

_COMPARISONS: Final[dict[Operator, Callable[[Any, Any], Any]]] = {
    Operator.EQUAL: operator.eq,
    Operator.UNEQUAL: operator.ne,
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}


def evaluate(predicate: Predicate, table: Table) -> Bools:
    """The mask (n_rows,) of the rows that the predicate picks.

    Raises PredicateError: UNKNOWN_COLUMN or WRONG_TYPE when the predicate does not fit the table.

    Example:
        >>> import pandas as pd
        >>> from scoring.predicates.predicate import parse
        >>> from scoring.tables import encode
        >>> table = encode(pd.DataFrame({"age": [30, 70, None], "sex": ["F", None, "M"]}), ("age", "sex"))
        >>> evaluate(parse("age < 65"), table).tolist(), evaluate(parse("not sex == 'F'"), table).tolist()
        ([True, False, False], [False, True, True])
    """
    check(predicate, schema_of(table))
    return _mask(predicate.root, table)


def _mask(node: Node, table: Table) -> Bools:
    match node:
        case And(parts):
            return np.asarray(np.logical_and.reduce([_mask(part, table) for part in parts]))
        case Or(parts):
            return np.asarray(np.logical_or.reduce([_mask(part, table) for part in parts]))
        case Not(part):
            return ~_mask(part, table)
        case _:
            return mask_of_test(node, table)


def mask_of_test(test: Test, table: Table) -> Bools:
    """The mask of one test, which fits the table."""
    column = table[test.column]
    return _number(test, column) if isinstance(column, NumberColumn) else _text(test, column)


def _text(test: Test, column: TextColumn) -> Bools:
    # One answer a category, then one for missing: code -1 is the last place.
    hits = np.array([_holds(test, category) for category in column.categories] + [_holds(test, None)], dtype=np.bool_)
    return hits[column.codes]


def _holds(test: Test, text: str | None) -> bool:
    match test:
        case Missing(_, negated):
            return (text is None) is not negated
        case In(_, values, negated):
            return text is not None and (text in values) is not negated
        case Compare(_, comparison, value):
            return text is not None and bool(_COMPARISONS[comparison](text, value))
        case Between():
            return False  # never reached: text has no order, which `check` says


def _number(test: Test, column: NumberColumn) -> Bools:
    values = column.values
    present = ~np.isnan(values) if values.dtype == np.float64 else np.ones(len(values), dtype=np.bool_)
    match test:
        case Missing(_, negated):
            return present if negated else ~present
        case In(_, listed, negated):
            return (np.isin(values, _listed(listed, values)) ^ negated) & present
        case Between(_, low, high):
            return np.asarray((values >= _like(low, values)) & (values <= _like(high, values)) & present)
        case Compare(_, comparison, value):
            return np.asarray(_COMPARISONS[comparison](values, _like(value, values)) & present)


def _like(value: Value, values: NDArray[Any]) -> int | float:
    """A number to compare ``values`` with exactly: int64 against a whole Python int never goes by way of float."""
    number = float(value)
    return int(number) if values.dtype == np.int64 and number.is_integer() else number


def _listed(listed: tuple[Value, ...], values: NDArray[Any]) -> NDArray[Any]:
    numbers = [_like(value, values) for value in listed]
    if values.dtype == np.int64:
        whole = [number for number in numbers if isinstance(number, int) and -(2**63) <= number < 2**63]
        return np.array(whole, dtype=np.int64)
    return np.array(numbers, dtype=np.float64)
