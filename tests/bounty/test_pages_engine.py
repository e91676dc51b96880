"""The page about the engine shows what was measured."""

import json

import pytest
from django.conf import settings
from django.test import Client

from bounty.figures.growth import growth
from bounty.templatetags.numbers import MISSING, seconds, times, whole


@pytest.mark.django_db
def test_every_measured_size_stands_on_the_page(client: Client) -> None:
    index, page = (client.get(address).content.decode() for address in ("/docs/", "/docs/engine"))
    assert "/docs/engine" in index
    measured = json.loads((settings.BASE_DIR / "templates" / "docs" / "growth.json").read_text())
    for point in (*measured["rows"], *measured["groups"]):
        assert f'{whole(point["groups"])}</td><td class="number">{seconds(point["full_s"])}' in page
    compared = json.loads((settings.BASE_DIR / "templates" / "docs" / "bench.json").read_text())["rows"]
    assert compared
    for row in compared:
        assert f'{seconds(row["peer"])}</td><td class="number">{times(row["ratio"])}' in page
    assert page.count('r="4" />') == 3 * (len(measured["rows"]) + len(measured["groups"]))


def test_lines_of_powers_are_straight() -> None:
    figure = growth([10, 100, 1000], {"a": [1e-3, 1e-2, 1e-1], "b": [0.5, 0.5, 0.5]})
    assert figure is not None
    rising, flat = (series.dots for series in figure.series)
    levels = [float(dot.level[:-1]) for dot in rising]
    assert levels[0] - levels[1] == pytest.approx(levels[1] - levels[2], abs=0.02)
    assert levels[0] > levels[2]
    assert len({dot.level for dot in flat}) == 1
    assert [tick.value for tick in figure.sizes] == [10, 100, 1000]
    assert [len(series.pieces) for series in figure.series] == [2, 2]
    assert growth([], {}) is None


@pytest.mark.parametrize(("value", "shown"), [(1.5, "1.5 s"), (0.001, "1 ms"), (2.5e-6, "2.5 µs"), (None, MISSING)])
def test_times_are_shown_in_the_unit_that_suits_them(value: float | None, shown: str) -> None:
    assert seconds(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(0.8, "0.8"), (2.664, "2.66"), (189_924.6, "189,925"), (None, MISSING)])
def test_ratios_are_shown_as_far_as_they_tell(value: float | None, shown: str) -> None:
    assert times(value) == shown
