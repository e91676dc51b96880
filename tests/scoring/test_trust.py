"""How far holdout evidence is believed, and whom a round asks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import OutOfRangeError
from scoring.rounds import Ledger
from scoring.trust import Record

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


def test_a_hopeless_candidate_is_sent_back_and_a_promising_one_is_asked_whatever_the_record() -> None:
    climber = Record(10_000)
    assert climber.is_asked(0.2, asked_in_round=0)
    assert not climber.is_asked(0.1999, asked_in_round=0)
    assert not climber.is_asked(0.98, asked_in_round=1)
    assert Record(1).is_asked(0.3, asked_in_round=4)


def test_a_record_of_failures_makes_a_team_wait_twice_as_long_each_time_but_not_for_good() -> None:
    record, asked, last = Record(10_000), [], None
    for number in range(1, 32):
        if record.is_asked(0.98, asked_in_round=0, rounds_since=None if last is None else number - last):
            record, last = record.after(0.98, passed=False), number
            asked.append(number)
    assert asked == [1, 3, 7, 15, 31]


def test_refuses_records_and_chances_that_are_none() -> None:
    for fields in ((-1,), (1, -0.1), (1, float("nan")), (1, float("inf")), (1, 1.0, -1)):
        with pytest.raises(OutOfRangeError):
            Record(*fields)
    for chance in (0.0, 1.0, float("nan")):
        with pytest.raises(OutOfRangeError):
            Record(1).after(chance, passed=True)
    Record(1).after(0.02, passed=True)
