"""The geometry of figures."""

import math

import pytest

from bounty.figures.dumbbell import Rate, axis, dumbbell
from bounty.figures.histogram import histogram
from bounty.figures.scale import Scale, round_step, span
from bounty.figures.step_line import MAX_LABELS, Measure, step_line


def measures(*estimates: float) -> list[Measure]:
    return [Measure(f"v{i}", e, e - 0.01, e + 0.01) for i, e in enumerate(estimates)]


@pytest.mark.parametrize(("rough", "step"), [(0.013, 0.02), (0.05, 0.05), (3.0, 5.0), (6.0, 10.0)])
def test_steps_of_an_axis_are_round(rough: float, step: float) -> None:
    assert round_step(rough) == pytest.approx(step)


def test_an_axis_shows_all_values_and_is_never_of_no_length() -> None:
    assert span([0.213, 0.278]) == pytest.approx((0.2, 0.28))
    low, high = span([0.2, 0.2])
    assert low < high
    assert span([math.nan]) == pytest.approx((0.0, 1.0))


def test_ticks_are_round_and_inside() -> None:
    ticks = Scale(0.0, 0.6).ticks()
    assert [tick.value for tick in ticks] == pytest.approx([0.0, 0.2, 0.4, 0.6])
    assert [tick.at for tick in ticks] == ["0.00%", "33.33%", "66.67%", "100.00%"]


def test_a_lower_error_stands_lower() -> None:
    figure = step_line(measures(0.27, 0.21))
    assert figure is not None
    first, last = figure.steps
    assert float(last.level[:-1]) > float(first.level[:-1])
    assert last.riser_from == first.level
    assert first.riser_from is None


def test_labels_thin_out_but_the_ends_stay() -> None:
    figure = step_line(measures(*[0.3 - i / 100 for i in range(20)]))
    assert figure is not None
    shown = [step.label_shown for step in figure.steps]
    assert shown[0]
    assert shown[-1]
    assert sum(shown) <= MAX_LABELS + 1


def test_nothing_is_drawn_of_nothing() -> None:
    assert step_line([]) is None
    assert histogram([0, 0]) is None
    assert dumbbell(axis([]), None, Rate(math.nan, math.nan, math.nan)).second is None


def test_the_tallest_bar_fills_the_height() -> None:
    figure = histogram([1, 4, 2])
    assert figure is not None
    assert [bar.height for bar in figure.bars] == ["25.00%", "100.00%", "50.00%"]


def test_two_rates_share_an_axis_from_nought() -> None:
    group, rest = Rate(0.4, 0.3, 0.5), Rate(0.1, 0.05, 0.15)
    figure = dumbbell(axis([group, rest]), group, rest)
    assert figure.is_whole
    assert figure.ticks[0].value == 0
    assert figure.first is not None
    assert figure.second is not None
    assert float(figure.first.at[:-1]) > float(figure.second.at[:-1])


def test_a_stored_interval_that_is_undefined_is_not_drawn() -> None:
    assert not Rate.stored({"estimate": None, "low": None, "high": None}).is_known
    assert Rate.stored({"estimate": 0.0, "low": 0.0, "high": 0.1}).is_known
