"""Is a group's calibration gap larger than everyone else's? A claim about absolute values, from tests of plain means.

The gap of the group is |a|, that of the rest |b|, with a and b the mean of answer less label. |a| > |b| + margin says
that a, or else -a, exceeds both b + margin and -b + margin. Each direction is an intersection of two claims, so the
larger of its two p-values counts (Berger 1982); the two directions share the level (Bonferroni).
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from scoring.excess import excess_mean
from scoring.harms import Cases
from scoring.types import Bools


def excess_gap(cases: Cases, inside: Bools, margin: float, seed: int) -> tuple[float, bool]:
    """The p-value that the calibration gap of the cases ``inside`` (m,) exceeds the others' by more than ``margin``.

    ``cases`` as `harm_cases` gives them for the calibration gap. Also says whether it comes from sign flips.

    Example:
        >>> values = np.repeat([0.25, 0.5], 200)  # the group is answered too low by one half, the rest right
        >>> cases = Cases(np.arange(400), values, None, None, is_rate=False)
        >>> excess_gap(cases, values < 0.5, 0.1, seed=0)[0] < 0.001
        True
    """
    directions = [[excess_mean(each, inside, margin / 2, seed) for each in pair] for pair in comparisons(cases, inside)]
    p_value, is_flipped = min(max(pair) for pair in directions)
    return min(1.0, 2 * p_value), is_flipped


def comparisons(cases: Cases, inside: Bools) -> Iterator[tuple[Cases, Cases]]:
    """For each direction of the group's gap, the plain comparisons that must both hold: by half the margin, since the
    values are gaps mapped from [-1, 1] to [0, 1]."""
    for group in (cases.values, 1 - cases.values):
        first, second = (
            replace(cases, values=np.where(inside, group, rest)) for rest in (cases.values, 1 - cases.values)
        )
        yield first, second
