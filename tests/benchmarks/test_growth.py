"""The short form of `make bench-growth`, and what was last measured at length."""

import json

import pytest

from tests.benchmarks import growth


@pytest.mark.parametrize(("rows", "groups"), [(200_000, 1), (20_003, 300), (200_000, 1_000)])
def test_a_size_is_within_its_bounds_of_memory_and_updates_in_about_a_pass_or_less(rows: int, groups: int) -> None:
    found = growth.point(rows, groups)
    memory = list(growth.within(found))[2:]
    assert memory == [True, True]
    assert found["update_s"] < found["full_s"] + growth.FIND_S * 20 * rows + 10 * growth.SLACK_S


def test_the_documentation_shows_sizes_that_were_all_within_their_bounds() -> None:
    measured = json.loads(growth.OUT.read_text())
    assert [point["rows"] for point in measured["rows"]] == [*growth.ROWS]
    assert [point["groups"] for point in measured["groups"]] == [*growth.GROUPS]
    assert all(all(growth.within(point)) for points in measured.values() for point in points)
