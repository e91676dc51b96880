"""Many predicates at once give the masks that each gives alone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.predicates import CompiledPredicates, Predicate, PredicateError, evaluate, parse, schema_of
from scoring.tables import Table, encode
from tests.scoring.predicate_strategies import fitting_predicates, tables


@given(st.lists(fitting_predicates(), max_size=5), tables())
def test_masks_are_those_of_each_predicate_alone(predicates: list[Predicate], table: Table) -> None:
    found = CompiledPredicates(predicates, schema_of(table)).masks(table)
    expected = [np.packbits(evaluate(predicate, table)).tolist() for predicate in predicates]
    assert found.tolist() == expected


def test_refuses_what_does_not_fit() -> None:
    table = encode(pd.DataFrame({"age": [30, 70], "sex": ["F", "M"]}), ("age", "sex"))
    with pytest.raises(PredicateError):
        CompiledPredicates([parse("age > 3"), parse("height > 3")], schema_of(table))
    groups = CompiledPredicates([parse("age > 40")], schema_of(table))
    with pytest.raises(ValueError, match="other columns"):
        groups.masks(encode(pd.DataFrame({"age": ["30", "70"], "sex": ["F", "M"]}), ("age", "sex")))
    assert groups.masks(table).tolist() == [[64]]
