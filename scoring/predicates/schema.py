"""Whether a predicate fits a table: its columns exist, and its values are of their type."""

import difflib
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from scoring.predicates.errors import PredicateError, PredicateFault, shown
from scoring.predicates.predicate import Predicate
from scoring.predicates.tree import Between, Compare, Test, tests_of
from scoring.tables import NumberColumn, Table


class ColumnType(StrEnum):
    """What a column holds; a truth value is the number 0 or 1."""

    NUMBER = "number"
    TEXT = "text"


Schema: TypeAlias = Mapping[str, ColumnType]


def schema_of(table: Table) -> Schema:
    """The types of a table's columns.

    Example:
        >>> import pandas as pd
        >>> from scoring.tables import encode
        >>> schema_of(encode(pd.DataFrame({"age": [30], "sex": ["F"]}), ("age", "sex")))["sex"].value
        'text'
    """
    return {c.name: ColumnType.NUMBER if isinstance(c, NumberColumn) else ColumnType.TEXT for c in table}


def check(predicate: Predicate, schema: Schema) -> None:
    """Refuses a predicate that does not fit the schema.

    A text that the column never holds is no fault: hidden rows may hold it.

    Raises PredicateError: UNKNOWN_COLUMN (with a suggestion where a name is close) or WRONG_TYPE.

    Example:
        >>> from scoring.predicates.predicate import parse
        >>> check(parse("age > 30"), {"age": ColumnType.NUMBER})
        >>> try:
        ...     check(parse("agee > 30"), {"age": ColumnType.NUMBER})
        ... except PredicateError as error:
        ...     print(error.code, error.suggestion)
        UNKNOWN_COLUMN age
    """
    for test in tests_of(predicate.root):
        if test.column not in schema:
            raise _unknown(test, schema)
        fault = _misfit(test, schema[test.column])
        if fault:
            message = f"The column {shown(test.column)} holds {_HOLDS[schema[test.column]]}; {fault}."
            raise PredicateError(PredicateFault.WRONG_TYPE, message, test.position)


_HOLDS = {ColumnType.NUMBER: "numbers", ColumnType.TEXT: "text"}


def _misfit(test: Test, column: ColumnType) -> str | None:
    if column is ColumnType.NUMBER:
        texts = any(isinstance(value, str) for value in test.values)
        return "compare it with numbers, without quotes" if texts else None
    if isinstance(test, Between) or (isinstance(test, Compare) and test.operator.orders):
        return "it has no order, so use ==, !=, in or not in"
    numbers = any(not isinstance(value, str) for value in test.values)
    return "put the values it is compared with in quotes" if numbers else None


def _unknown(test: Test, schema: Schema) -> PredicateError:
    lowered = {name.lower(): name for name in schema}
    close = difflib.get_close_matches(test.column.lower()[:100], lowered, n=1)
    suggestion = lowered[close[0]] if close else None
    hint = f"; did you mean {shown(suggestion)}?" if suggestion else "."
    message = f"There is no column {shown(test.column) or 'with an empty name'}{hint}"
    return PredicateError(PredicateFault.UNKNOWN_COLUMN, message, test.position, suggestion=suggestion)
