"""What theorem mode certifies from n rows, against the inequality itself."""

from math import floor, inf, log

import pytest

from scoring.errors import OutOfRangeError
from scoring.merge import accept_budget
from scoring.theorem import smallest_epsilon


def is_certified(epsilon: float, n: int, submissions: int, delta: float) -> bool:
    accepts = floor(2 / epsilon)
    return n >= 32 / epsilon**2 * (log(2 * submissions / delta) + accepts * log(submissions + 1))


@pytest.mark.parametrize("n", [20_000, 200_000, 5_000_000])
@pytest.mark.parametrize("submissions", [1, 1000])
def test_the_smallest_epsilon_is_certified_and_nothing_smaller_is(n: int, submissions: int) -> None:
    found = smallest_epsilon(n, submissions, 0.05)
    assert is_certified(found * (1 + 1e-12), n, submissions, 0.05)
    assert not any(is_certified(found * share, n, submissions, 0.05) for share in (0.999, 0.99, 0.9, 0.7, 0.5))


def test_the_published_example() -> None:
    assert round(smallest_epsilon(200_000, 1000, 0.05), 3) == 0.133


def test_too_few_rows_certify_nothing() -> None:
    assert smallest_epsilon(100, 1000) == inf


def test_refuses_rows_submissions_and_deltas_that_are_none() -> None:
    for arguments in ((0, 10, 0.05), (100, 0, 0.05), (100, 10, 0.0), (100, 10, 1.0)):
        with pytest.raises(OutOfRangeError):
            smallest_epsilon(*arguments)
    smallest_epsilon(100, 10, 0.05)


@pytest.mark.parametrize(("epsilon", "budget"), [(1.0, 2), (0.3, 6), (0.1, 20), (0.02, 100), (0.001, 2000)])
def test_the_budget_of_accepts_is_exact_in_decimals(epsilon: float, budget: int) -> None:
    assert accept_budget(epsilon) == budget
