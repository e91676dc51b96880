"""Totals within units, however the units are numbered."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scoring.units import unit_totals


@given(st.lists(st.tuples(st.sampled_from([0, 1, 5, 10**6, 2**31 - 1]), st.integers(-9, 9)), max_size=30))
def test_totals_are_those_of_a_dictionary_in_the_order_of_the_numbers(rows: list[tuple[int, int]]) -> None:
    expected: dict[int, int] = {}
    for unit, value in rows:
        expected[unit] = expected.get(unit, 0) + value
    units = np.array([unit for unit, _ in rows], dtype=np.int32)
    values = np.array([value for _, value in rows], dtype=np.float64)
    totals, counts = unit_totals(units, values, np.ones(len(rows)))
    assert totals.tolist() == [expected[unit] for unit in sorted(expected)]
    assert counts.sum() == len(rows)


def test_rows_are_their_own_units_where_none_are_named() -> None:
    values = np.array([1.0, 2.0])
    assert unit_totals(None, values)[0] is values
