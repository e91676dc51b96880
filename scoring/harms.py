"""Harm metrics of a group against everyone else, with intervals (ALGORITHMS 7; rates as in Hardt, Price & Srebro 2016).

All are larger when the model does worse. Selection rate counts the rows answered with the positive class: where being
selected is the benefit, name the other class as positive. Rates of chances are those of deciding at one half. The
calibration gap is how far the mean answer lies from the mean label (calibration in the large), whichever is larger.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.errors import UndefinedHarmError
from scoring.intervals import (
    UNIT_T,
    Interval,
    clopper_pearson,
    empirical_bernstein,
    newcombe,
    t_half_width,
    unit_ratio,
)
from scoring.losses import Loss, Sample
from scoring.masks import check_mask
from scoring.pools import Pool
from scoring.types import Answers, Bools, Codes, Floats
from scoring.units import unit_totals


class Harm(StrEnum):
    """What is measured of a group."""

    ERROR = "error"
    FALSE_NEGATIVE_RATE = "false_negative_rate"
    FALSE_POSITIVE_RATE = "false_positive_rate"
    SELECTION_RATE = "selection_rate"
    MEAN_LOSS = "mean_loss"
    CALIBRATION_GAP = "calibration_gap"
    WORD_ERROR_RATE = "word_error_rate"


RATES: Final = frozenset({Harm.ERROR, Harm.FALSE_NEGATIVE_RATE, Harm.FALSE_POSITIVE_RATE, Harm.SELECTION_RATE})
OF_POSITIVES: Final = RATES - {Harm.ERROR}


@dataclass(frozen=True)
class Cases:
    """Rows a harm is about: positions, the harm of each in [0, 1] (0 or 1 for a rate), weights, units; each (m,).

    Of the calibration gap the values are (1 + answer - label) / 2, one half where the answer is right. ``known`` are
    the weights in the group and outside of more units than these, which bound how heavy one can be.
    """

    rows: NDArray[np.int64]
    values: Floats
    weights: Floats | None
    units: Codes | None
    is_rate: bool
    known: tuple[Floats, Floats] | None = None

    @property
    def is_counted(self) -> bool:
        """Whether the harm is a share of independent rows that count alike, so that exact binomial methods apply."""
        return self.is_rate and self.weights is None and self.units is None


@dataclass(frozen=True)
class GroupHarm:
    """The harm in the group, on everyone else, and the difference; the group's ``rows`` and share of the ``weight``."""

    group: Interval
    rest: Interval
    difference: Interval
    rows: int
    weight: float


def harm_cases(sample: Sample, answers: Answers, harm: Harm) -> Cases:
    """The rows that count for ``harm`` and the harm of ``answers`` (n,) on each.

    Raises:
        UndefinedHarmError: for a rate of what are neither classes nor chances, or without the positive class it needs.

    Example:
        >>> sample = Sample(Loss.ZERO_ONE, np.array([1, 1, 0], dtype=np.int32), positive=1)
        >>> harm_cases(sample, np.array([0, 1, 1], dtype=np.int32), Harm.FALSE_NEGATIVE_RATE).values.tolist()
        [1.0, 0.0]
    """
    if harm in RATES and sample.loss is not Loss.ZERO_ONE and not sample.is_of_chances:
        raise UndefinedHarmError(f"{harm} needs classes or chances.")
    if harm in OF_POSITIVES and sample.positive is None:
        raise UndefinedHarmError(f"{harm} needs a positive class.")
    if harm is Harm.WORD_ERROR_RATE and sample.loss is not Loss.WORD_ERROR_RATE:
        raise UndefinedHarmError(f"{harm} needs a transcription task.")
    everyone = np.ones(sample.n, dtype=np.bool_)
    if harm is Harm.CALIBRATION_GAP:
        return _cases(sample, everyone, (1 + _residuals(sample, answers)) / 2, is_rate=False)
    if harm not in RATES or (harm is Harm.ERROR and not sample.is_of_chances):
        return _cases(sample, everyone, sample.losses(answers), is_rate=sample.loss is Loss.ZERO_ONE)
    return _rate_cases(sample, sample.selected(answers), harm)


def with_pool(cases: Cases, pool: Pool, harm: Harm) -> Cases:
    """The cases, and the weights of all units of the pool over the rows that count for ``harm``."""
    counted = pool.sample.is_positive if harm is Harm.FALSE_NEGATIVE_RATE else None
    if harm is Harm.FALSE_POSITIVE_RATE:
        counted = ~pool.sample.is_positive
    return replace(cases, known=pool.weights(counted))


def _rate_cases(sample: Sample, chosen: Bools, harm: Harm) -> Cases:
    everyone = np.ones(sample.n, dtype=np.bool_)
    if harm is Harm.ERROR:
        return _cases(sample, everyone, chosen != sample.is_positive, is_rate=True)
    if harm is Harm.FALSE_NEGATIVE_RATE:
        return _cases(sample, sample.is_positive, ~chosen, is_rate=True)
    counted = everyone if harm is Harm.SELECTION_RATE else ~sample.is_positive
    return _cases(sample, counted, chosen, is_rate=True)


def _residuals(sample: Sample, answers: Answers) -> Floats:
    """Answer less label in [-1, 1]: of chances, of positive classes, or of reals in units of their range."""
    if sample.loss is Loss.ZERO_ONE and sample.positive is not None:
        return sample.selected(answers).astype(np.float64) - sample.is_positive
    if sample.is_of_chances:
        sample.losses(answers)  # refuses what is no chance
        return np.asarray(answers - sample.labels, dtype=np.float64)
    if sample.value_range is None:
        raise UndefinedHarmError("calibration_gap needs a positive class, chances or real values.")
    sample.losses(answers)  # refuses what does not fit
    low, high = sample.value_range
    with np.errstate(over="ignore"):
        return np.clip((answers - sample.labels) / (high - low), -1.0, 1.0)


def _cases(sample: Sample, counted: Bools, values: Bools | Floats, *, is_rate: bool) -> Cases:
    rows = np.flatnonzero(counted)
    weights = None if sample.weights is None else sample.weights[rows]
    units = None if sample.units is None else sample.units[rows]
    return Cases(rows, values[rows].astype(np.float64), weights, units, is_rate)


def group_harm(sample: Sample, mask: Bools, answers: Answers, harm: Harm, confidence: float = 0.95) -> GroupHarm:
    """The harm of ``answers`` (n,) in the group ``mask`` (n,) against everyone else.

    Independent rows: Clopper-Pearson and Newcombe for rates, empirical Bernstein otherwise (each mean at half the level
    for the difference). Units: the linearised t interval. An empty side has estimate NaN and the whole range.

    Example:
        >>> sample = Sample(Loss.ZERO_ONE, np.array([1, 1, 0, 0], dtype=np.int32))
        >>> found = group_harm(sample, np.array([True, True, False, False]), np.zeros(4, dtype=np.int32), Harm.ERROR)
        >>> found.group.estimate, found.rest.estimate, found.rows, found.weight
        (1.0, 0.0, 2, 0.5)
    """
    check_mask(mask, sample.n)
    cases = harm_cases(sample, answers, harm)
    inside = mask[cases.rows]
    group, rest = (_side(cases, side, harm, confidence) for side in (inside, ~inside))
    difference = _difference(cases, inside, harm, confidence)
    share = float(mask.sum()) if sample.weights is None else float(sample.weights[mask].sum())
    return GroupHarm(group, rest, difference, int(np.count_nonzero(mask)), share / sample.total_weight)


def overall_harm(sample: Sample, answers: Answers, harm: Harm, confidence: float = 0.95) -> Interval:
    """The harm of ``answers`` (n,) on everyone, by the same methods.

    Example:
        >>> sample = Sample(Loss.ZERO_ONE, np.array([1, 1, 0, 0], dtype=np.int32))
        >>> overall_harm(sample, np.zeros(4, dtype=np.int32), Harm.ERROR).estimate
        0.5
    """
    cases = harm_cases(sample, answers, harm)
    return _side(cases, np.ones(len(cases.rows), dtype=np.bool_), harm, confidence)


def _side(cases: Cases, side: Bools, harm: Harm, confidence: float) -> Interval:
    """The harm on one side; of a calibration gap the interval of the signed mean, folded at 0."""
    found = _mean(cases, side, confidence)
    if harm is not Harm.CALIBRATION_GAP:
        return found
    estimate, low, high = (2 * value - 1 for value in (found.estimate, found.low, found.high))
    return Interval(abs(estimate), max(0.0, low, -high), max(-low, high), found.method)


def _mean(cases: Cases, side: Bools, confidence: float) -> Interval:
    values = cases.values[side]
    if cases.is_counted:
        return clopper_pearson(int(values.sum()), len(values), confidence)
    weights = None if cases.weights is None else cases.weights[side]
    if cases.units is None:
        return empirical_bernstein(values, weights, confidence)
    return unit_ratio(values, weights, cases.units[side], confidence)


def _difference(cases: Cases, inside: Bools, harm: Harm, confidence: float) -> Interval:
    values = cases.values
    if cases.is_counted:
        hits = (int(values[inside].sum()), int(values[~inside].sum()))
        return newcombe(hits[0], int(inside.sum()), hits[1], int((~inside).sum()), confidence)
    if cases.units is None or harm is Harm.CALIBRATION_GAP:
        # Both hold together at the level asked for; the corners of the box are then a valid interval.
        group, rest = (_side(cases, side, harm, (1 + confidence) / 2) for side in (inside, ~inside))
        return Interval(group.estimate - rest.estimate, group.low - rest.high, group.high - rest.low, group.method)
    return _unit_difference(cases, inside, confidence)


def _unit_difference(cases: Cases, inside: Bools, confidence: float) -> Interval:
    estimate, influences, few = unit_influences(cases, inside)
    if few < 2:
        return Interval(estimate, -1.0, 1.0, UNIT_T)
    half = t_half_width(influences, few, confidence)
    return Interval(estimate, max(-1.0, estimate - half), min(1.0, estimate + half), UNIT_T)


def unit_influences(cases: Cases, inside: Bools) -> tuple[float, Floats, int]:
    """The difference of the two weighted means, each unit's influence on it, and the units on the smaller side.

    Units may have rows on both sides. Without units each row is one. NaN and nothing where a side is empty.
    """
    if inside.all() or not inside.any():
        return nan, np.zeros(0), 0
    weight = np.ones(len(cases.values)) if cases.weights is None else cases.weights
    sides = [np.where(side, weight, 0.0) for side in (inside, ~inside)]
    means = [float((side * cases.values).sum()) / float(side.sum()) for side in sides]
    parts = [side * (cases.values - mean) / float(side.sum()) for side, mean in zip(sides, means, strict=True)]
    influences, group_weights, rest_weights = unit_totals(cases.units, parts[0] - parts[1], *sides)
    few = min(np.count_nonzero(group_weights), np.count_nonzero(rest_weights))
    return means[0] - means[1], influences, int(few)
