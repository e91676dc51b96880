"""How heavy one row or unit can be, learnt from all rows that there are and never from how they were answered.

A bet must allow for the heaviest row or unit that there may be. Taken from the tested rows alone that bound is too low
whenever a rare heavy one happens not to be among them; two to four times as many rows show it sooner. What no hidden
row shows nobody can allow for: a bound of weights without any assumption does not exist (Bahadur & Savage 1956).

Given the weights, rows have different means that cancel when there is no gain. For a stake fixed beforehand the
expected wealth is the product of 1 + stake * mean, which is at most 1 (arithmetic and geometric means). The stakes of
`scoring.betting` adapt, for which this is not proved but measured: over 216 such designs at most 2% pass at .05.
"""

from dataclasses import dataclass

import numpy as np

from scoring.losses import Sample
from scoring.types import Bools, Floats
from scoring.units import unit_totals


@dataclass(frozen=True)
class Pool:
    """All rows (N,) whose weights and units are known, the tested ones among them, and the group's ``mask`` (N,).

    ``heaviest``: the weight of the heaviest row known elsewhere, such as among public rows.
    """

    sample: Sample
    mask: Bools
    heaviest: float = 0.0

    def weights(self, counted: Bools | None = None) -> tuple[Floats, Floats]:
        """How heavy each unit's part in the group and its part outside are, over the ``counted`` rows (N,).

        Rows that are units of their own are all as heavy as the heaviest may be, in the group or outside: (2,).

        Example:
            >>> from scoring.losses import Loss
            >>> sample = Sample(Loss.ZERO_ONE, np.ones(3, dtype=np.int32), weights=np.array([1.0, 2.0, 7.0]))
            >>> [part.tolist() for part in Pool(sample, np.array([True, True, False])).weights()]
            [[7.0, 0.0], [0.0, 7.0]]
        """
        rows = np.ones(self.sample.n) if self.sample.weights is None else self.sample.weights
        if self.sample.units is None:
            top = max(self.heaviest, float(rows.max()))
            return np.array([top, 0.0]), np.array([0.0, top])
        held = rows if counted is None else np.where(counted, rows, 0.0)
        group, rest = unit_totals(self.sample.units, np.where(self.mask, held, 0.0), np.where(self.mask, 0.0, held))
        return group, rest
