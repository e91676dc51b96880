"""How far holdout evidence is believed, and whom a round asks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import OutOfRangeError
from scoring.rounds import Ledger
from scoring.trust import Record, is_asked

chances = st.floats(0.02, 0.98)


@given(st.integers(0, 10**6), st.lists(st.tuples(chances, st.booleans()), max_size=8), chances)
def test_every_discounted_chance_can_be_charged(submissions: int, tests: list, chance: float) -> None:
    record = Record(submissions)
    for predicted, passed in tests:
        record = record.after(predicted, passed)
    q = record.discount(chance)
    assert 0.02 <= q <= max(chance, 0.02)
    Ledger(0.05).charge(q, passed=True)


def test_many_submissions_are_believed_less_until_a_test_is_passed() -> None:
    chances = [Record(submissions).discount(0.95) for submissions in (0, 1, 80, 1000, 10_000)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] == 0.95
    assert Record(1000).after(0.95, passed=True).discount(0.95) > 0.75


def test_a_surprising_failure_costs_the_next_prediction_more_than_an_expected_one() -> None:
    surprising, expected = (Record(10).after(chance, passed=False).discount(0.95) for chance in (0.98, 0.02))
    assert surprising < 0.2
    assert expected > 0.85


def test_forty_climbed_candidates_cost_the_ledger_less_than_one_did() -> None:
    ledger, record = Ledger(0.05), Record(1000)
    for _ in range(40):
        ledger = ledger.charge(record.discount(0.98), passed=False)
        record = record.after(0.98, passed=False)
    assert ledger.spent < 1.0
    assert Ledger(0.05).charge(0.98, passed=False).spent > 3.9


def test_trust_comes_back_after_a_few_passes_however_long_the_row_of_failures() -> None:
    record = Record(80)
    for _ in range(50):
        record = record.after(0.9, passed=False)
    for _ in range(6):
        record = record.after(0.9, passed=True)
    assert record.discount(0.9) > 0.85


def test_a_record_never_shuts_a_team_out_but_a_hopeless_candidate_is_sent_back() -> None:
    assert is_asked(0.2, 0.02, asked_in_round=0)
    assert not is_asked(0.1999, 0.02, asked_in_round=0)
    assert not is_asked(0.98, 0.1999, asked_in_round=1)
    assert is_asked(0.98, 0.2, asked_in_round=4)


def test_refuses_records_and_chances_that_are_none() -> None:
    for fields in ((-1,), (1, -0.1), (1, float("nan")), (1, float("inf"))):
        with pytest.raises(OutOfRangeError):
            Record(*fields)
    for chance in (0.0, 1.0, float("nan")):
        with pytest.raises(OutOfRangeError):
            Record(1).after(chance, passed=True)
    Record(1).after(0.02, passed=True)
