"""Hypothesis strategies: predicates of every shape, and tables that they fit."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from scoring.predicates import Predicate
from scoring.predicates.tree import (
    Between,
    Compare,
    In,
    Missing,
    Node,
    Not,
    Operator,
    conjunction,
    disjunction,
    exact_number,
    unstorable,
)
from scoring.tables import Table, encode

NUMBERS = st.one_of(
    st.integers(-5, 5),
    st.sampled_from([0.5, -2.5, 2**53, -(2**53), 1e17, 9.3e18, 1e300, -1e-300]),
    st.floats(allow_nan=False, allow_infinity=False),
).map(exact_number)
TEXTS = st.sampled_from(["a", "b", "", "it's", 'say "x"', "é", "a b", "%s", "\\", "\n", "NULL"]) | st.text(
    max_size=5
).filter(lambda text: unstorable(text) is None)
ANY_COLUMN = st.sampled_from(["age", "In", "a b", 'x"y', "`", "", "é", "1st"]) | TEXTS


def trees(leaves: st.SearchStrategy[Node]) -> st.SearchStrategy[Predicate]:
    def grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.one_of(several.map(conjunction), several.map(disjunction), inner.map(Not))

    return st.recursive(leaves, grown, max_leaves=8).map(Predicate)


def row_tests(columns: st.SearchStrategy[str], values, *, ordered: bool):
    operators = [operator for operator in Operator if ordered or not operator.orders]
    lists = st.lists(values, min_size=1, max_size=4).map(tuple)
    kinds = [
        st.builds(Compare, columns, st.sampled_from(operators), values),
        st.builds(In, columns, lists, st.booleans()),
        st.builds(Missing, columns, st.booleans()),
    ]
    return st.one_of(*kinds, *([st.builds(Between, columns, values, values)] if ordered else []))


def predicates() -> st.SearchStrategy[Predicate]:
    """Any predicate at all, fit for a table or not."""
    return trees(row_tests(ANY_COLUMN, NUMBERS | TEXTS, ordered=True))


def fitting_predicates() -> st.SearchStrategy[Predicate]:
    """Predicates that fit every table of `tables`."""
    numbers = row_tests(st.sampled_from(["whole", "real", "Real é"]), NUMBERS, ordered=True)
    texts = row_tests(st.sampled_from(["text", "to be"]), TEXTS, ordered=False)
    return trees(numbers | texts)


def tables() -> st.SearchStrategy[Table]:
    """Tables of a whole, two real and two text columns, with missing values in all but the first."""
    whole = st.integers(-5, 5) | st.sampled_from([2**53, 2**53 + 1, 2**63 - 1, -(2**63)])
    real = st.none() | st.integers(-5, 5).map(float) | st.floats(allow_nan=False, allow_infinity=False)
    text = st.none() | TEXTS
    return st.lists(st.tuples(whole, real, real, text, text), max_size=12).map(_table)


def _table(rows) -> Table:
    names = ("whole", "real", "Real é", "text", "to be")
    columns = list(zip(*rows, strict=True)) or [()] * 5
    kinds = (np.int64, np.float64, np.float64, object, object)
    frame = pd.DataFrame({n: pd.Series(c, dtype=k) for n, c, k in zip(names, columns, kinds, strict=True)})
    return encode(frame, names)
