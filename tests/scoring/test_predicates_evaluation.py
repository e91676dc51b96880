"""Predicate and table to a mask: against a naive reference row by row, against SQLite, and what does not fit."""

import math
import operator
import sqlite3

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from scoring.predicates import ColumnType, Predicate, PredicateError, PredicateFault, check, evaluate, parse, schema_of
from scoring.predicates.tree import And, Between, Compare, In, Missing, Node, Not, Or, Test
from scoring.tables import NumberColumn, Table, encode
from tests.scoring.predicate_strategies import fitting_predicates, tables

OPERATORS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def row_by_row(table: Table) -> list[dict[str, object]]:
    """Plain Python values, None where missing; exact whole numbers."""
    columns = {}
    for column in table:
        if isinstance(column, NumberColumn):
            columns[column.name] = [None if math.isnan(v) else v for v in column.values.tolist()]
        else:
            columns[column.name] = [None if c < 0 else column.categories[c] for c in column.codes.tolist()]
    return [{name: values[row] for name, values in columns.items()} for row in range(table.n_rows)]


def holds(node: Node, row: dict[str, object]) -> bool:
    """The meaning of a predicate on one row, as plainly as it can be said."""
    match node:
        case And(parts):
            return all(holds(part, row) for part in parts)
        case Or(parts):
            return any(holds(part, row) for part in parts)
        case Not(part):
            return not holds(part, row)
    return passes(node, row[node.column])


def passes(test: Test, value: object) -> bool:
    match test:
        case Missing(_, negated):
            return (value is not None) if negated else (value is None)
        case _ if value is None:
            return False
        case Compare(_, comparison, other):
            return OPERATORS[comparison.value](value, other)
        case In(_, values, negated):
            return (value not in values) if negated else (value in values)
        case Between(_, low, high):
            return low <= value <= high


@given(fitting_predicates(), tables())
def test_agrees_with_the_naive_reference_on_every_row(predicate: Predicate, table: Table) -> None:
    mask = evaluate(predicate, table)
    assert mask.dtype == np.bool_
    assert mask.tolist() == [holds(predicate.root, row) for row in row_by_row(table)]


@given(fitting_predicates(), tables())
def test_agrees_with_sqlite_where_missing_values_are_null(predicate: Predicate, table: Table) -> None:
    rows = row_by_row(table)
    with sqlite3.connect(":memory:") as database:
        columns = [f'"{c.name}" {"TEXT" if not isinstance(c, NumberColumn) else ""}' for c in table]
        database.execute(f"CREATE TABLE t (place INTEGER, {', '.join(columns)})")
        database.executemany(
            "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", [(i, *row.values()) for i, row in enumerate(rows)]
        )
        picked = [place for (place,) in database.execute(f"SELECT place FROM t WHERE {predicate.to_sql()} ORDER BY 1")]
    database.close()
    assert np.flatnonzero(evaluate(predicate, table)).tolist() == picked


@given(fitting_predicates(), tables())
def test_its_negation_picks_exactly_the_other_rows(predicate: Predicate, table: Table) -> None:
    negation = Predicate(Not(predicate.root))
    assert (evaluate(negation, table) == ~evaluate(predicate, table)).all()


PEOPLE = encode(
    pd.DataFrame({"age": [30, 70, 41], "hours": [40.0, None, 20.0], "sex": ["F", None, "M"]}), ("age", "hours", "sex")
)


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("hours < 30", [False, False, True]),
        ("not hours < 30", [True, True, False]),
        ("hours != 40", [False, False, True]),
        ("sex != 'F'", [False, False, True]),
        ("not sex == 'F'", [False, True, True]),
        ("sex not in ('F')", [False, False, True]),
        ("hours not in (40)", [False, False, True]),
        ("not hours in (40)", [False, True, True]),
        ("not hours between 10 and 30", [True, True, False]),
        ("hours is missing", [False, True, False]),
        ("sex is not missing", [True, False, True]),
        ("age is missing", [False, False, False]),
        ("sex == 'never seen'", [False, False, False]),
        ("age in (30, 1e19, 70.5)", [True, False, False]),
    ],
)
def test_a_test_of_a_missing_value_is_false_and_its_negation_true(text: str, mask: list[bool]) -> None:
    assert evaluate(parse(text), PEOPLE).tolist() == mask


def test_an_empty_table_gives_an_empty_mask() -> None:
    empty = PEOPLE.take(np.array([], dtype=np.int64))
    assert evaluate(parse("age > 3 and sex == 'F'"), empty).shape == (0,)


def test_refuses_an_unknown_column_and_names_the_one_that_was_meant() -> None:
    with pytest.raises(PredicateError) as caught:
        evaluate(parse("age > 3 and Hour < 30"), PEOPLE)
    assert (caught.value.code, caught.value.position) == (PredicateFault.UNKNOWN_COLUMN, 12)
    assert caught.value.suggestion == "hours"
    assert caught.value.message == "There is no column Hour; did you mean hours?"
    assert evaluate(parse("age > 3 and hours < 30"), PEOPLE).any()


def test_suggests_nothing_where_no_column_is_close() -> None:
    with pytest.raises(PredicateError, match="no column zzz"):
        check(parse("zzz > 3"), schema_of(PEOPLE))


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("age == '30'", "age == 30"),
        ("age in (30, 'x')", "age in (30, 31)"),
        ("age between 'a' and 40", "age between 20 and 40"),
        ("sex == 1", "sex == 'F'"),
        ("sex in ('F', 1)", "sex in ('F', 'M')"),
        ("sex < 'M'", "sex != 'M'"),
        ("sex between 'F' and 'M'", "sex in ('F', 'M')"),
    ],
)
def test_refuses_a_value_of_the_wrong_type(text: str, mended: str) -> None:
    with pytest.raises(PredicateError) as caught:
        evaluate(parse(text), PEOPLE)
    assert (caught.value.code, caught.value.position) == (PredicateFault.WRONG_TYPE, 0)
    assert evaluate(parse(mended), PEOPLE).any()


def test_the_schema_says_what_each_column_holds() -> None:
    assert schema_of(PEOPLE) == {"age": ColumnType.NUMBER, "hours": ColumnType.NUMBER, "sex": ColumnType.TEXT}
