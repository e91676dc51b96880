"""One opening at the close."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.binomial import mcnemar
from scoring.closing import holm
from scoring.errors import OutOfRangeError


@given(st.lists(st.floats(0, 1), max_size=6), st.floats(0.01, 0.2))
def test_holm_is_the_closure_of_bonferroni_tests(p_values: list[float], delta: float) -> None:
    found = holm(np.array(p_values), delta)
    m = len(p_values)
    for i in range(m):
        containing = [chosen for chosen in product((False, True), repeat=m) if chosen[i]]
        smallest = [(min(p for p, used in zip(p_values, c, strict=True) if used), sum(c)) for c in containing]
        assert found[i] == all(p <= delta / size for p, size in smallest)


def test_the_chance_of_any_false_claim_of_three_is_at_most_delta_by_enumeration() -> None:
    m = 8  # changed rows of each of three patches that are worth nothing: every pattern of counts, exactly
    chances = np.array([np.prod([(m - k + j) / j for j in range(1, k + 1)]) for k in range(m + 1)]) / 2**m
    erring = 0.0
    for counts in product(range(m + 1), repeat=3):
        p_values = np.array([mcnemar(k, m - k) for k in counts])
        erring += float(np.prod(chances[list(counts)])) * bool(holm(p_values, 0.2).any())
    assert 0.05 < erring <= 0.2


def test_refuses_p_values_and_deltas_that_are_none() -> None:
    for p_values, delta in (([0.5, np.nan], 0.05), ([1.1], 0.05), ([-0.1], 0.05), ([0.5], 0.0), ([0.5], 1.0)):
        with pytest.raises(OutOfRangeError):
            holm(np.array(p_values), delta)
    assert holm(np.array([0.01]), 0.05).tolist() == [True]
    assert holm(np.zeros(0), 0.05).tolist() == []
