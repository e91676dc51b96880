"""Everything a provisional verdict says of a pair, from whole numbers: 0/1 loss, independent rows that count alike.

A pair is two masks: its group, and the rows of the group that its patch answers rightly. A model is four planes: every
row, those it gets wrong, those that count for the harm and those that are harmed. What masks and planes share, added up
over any pieces of the sample, is all that scores, intervals and tests of such samples depend on.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.binomial import excess_rate, mcnemar
from scoring.certificates import MCNEMAR, Test, discordance_interval
from scoring.harms import GroupHarm, Harm, harm_cases
from scoring.intervals import Interval, clopper_pearson, newcombe
from scoring.kernels import overlaps  # noqa: F401  the example uses it
from scoring.losses import Sample
from scoring.rounds import GATE_LEVEL, Claim
from scoring.scores import Score, from_counts
from scoring.types import Answers, Bools

MASKS, PLANES = 2, 4  # of a pair, of a model


def is_countable(sample: Sample, harm: Harm) -> bool:
    """Whether whole numbers say everything: no weights, no units, and a harm that is a share of rows.

    Example:
        >>> from scoring.losses import Loss
        >>> is_countable(Sample(Loss.ZERO_ONE, np.array([0, 1], dtype=np.int32)), Harm.ERROR)
        True
    """
    return sample.is_counted and sample.units is None and harm is not Harm.CALIBRATION_GAP


def masks_of_pair(sample: Sample, mask: Bools, patch_answers: Answers) -> NDArray[np.uint8]:
    """The two packed masks of a pair: (2, ceil(n/8))."""
    return np.stack([np.packbits(mask), np.packbits(mask & (patch_answers == sample.labels))])


def planes_of_model(sample: Sample, answers: Answers, harm: Harm) -> NDArray[np.uint8]:
    """The four packed planes of a model's ``answers`` (n,): (4, ceil(n/8))."""
    cases = harm_cases(sample, answers, harm)
    counted, harmed = np.zeros((2, sample.n), dtype=np.bool_)
    counted[cases.rows] = True
    harmed[cases.rows] = cases.values > 0
    everyone = np.ones(sample.n, dtype=np.bool_)
    return np.packbits(np.stack([everyone, answers != sample.labels, counted, harmed]), axis=1)


@dataclass(frozen=True)
class PairCounts:
    """Of ``n`` rows the group's ``rows``, those that the model gets wrong there, and those that the patch fixes and
    breaks; for the harm the rows that count in the group and elsewhere, and those of them that are harmed.
    """

    n: int
    rows: int
    model_wrong: int
    patch_wrong: int
    fixed: int
    broken: int
    group: tuple[int, int]
    rest: tuple[int, int]

    @classmethod
    def of(cls, shared: NDArray[np.int64], everyone: NDArray[np.int64]) -> "PairCounts":
        """From what the pair's two masks share with the model's planes (2, 4), and the planes' own sizes (4,).

        Example:
            >>> from scoring.losses import Loss
            >>> sample = Sample(Loss.ZERO_ONE, np.array([1, 1, 0], dtype=np.int32))
            >>> answers = np.zeros(3, dtype=np.int32), np.ones(3, dtype=np.int32)
            >>> masks = masks_of_pair(sample, np.array([True, False, True]), answers[1])
            >>> planes = planes_of_model(sample, answers[0], Harm.ERROR)
            >>> found = PairCounts.of(overlaps(masks, planes), overlaps(planes[:1], planes)[0])
            >>> found.fixed, found.broken, found.group, found.rest
            (1, 1, (1, 2), (1, 1))
        """
        (rows, wrong, counted, harmed), (right, fixed, *_) = shared.tolist()
        n, _, all_counted, all_harmed = everyone.tolist()
        patch_wrong = rows - right
        broken = patch_wrong - (wrong - fixed)
        rest = (all_harmed - harmed, all_counted - counted)
        return cls(n, rows, wrong, patch_wrong, fixed, broken, (harmed, counted), rest)

    def score(self) -> Score:
        return from_counts(self.rows, self.fixed, self.broken, self.n)

    def interval(self, confidence: float) -> Interval:
        """Of the score, as ``certificates.repair_interval`` gives it."""
        return discordance_interval(self.fixed, self.broken, self.n, confidence)

    def losses(self) -> tuple[float | None, float | None]:
        """The group's mean loss under the model and under the patch; none where it is empty."""
        return (self.model_wrong / self.rows, self.patch_wrong / self.rows) if self.rows else (None, None)

    def harm(self, confidence: float = 0.95) -> GroupHarm:
        """As ``harms.group_harm`` gives it."""
        group, rest = (clopper_pearson(*side, confidence) for side in (self.group, self.rest))
        difference = newcombe(*self.group, *self.rest, confidence)
        return GroupHarm(group, rest, difference, self.rows, self.rows / self.n)

    def repair(self) -> Test:
        """As ``certificates.test_repair`` gives it."""
        return Test(mcnemar(self.fixed, self.broken), MCNEMAR)

    def passes(self, claim: Claim) -> bool:
        """Whether it may ask for a certificate, as ``rounds.gate`` says."""
        p_values = [self.repair().p_value] if claim.repair else []
        if claim.underperformance:
            p_values.append(excess_rate(*self.group, *self.rest, claim.margin))
        return max(p_values) <= GATE_LEVEL
