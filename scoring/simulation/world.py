"""A world of which everything is known: who is failed, what each patch is truly worth, what can only be faked.

Three sorts of people. On each of ten planted groups (4 % of people each) the model errs on 35 % and an honest patch on
10 %, independently: 25 points better. On the toss-ups (30 %) the label is a fair coin that no feature tells, so that
whatever anybody answers there is worth exactly 0; who learns the labels of the sample by heart seems to take .15 off
the loss. The rest (30 %) is served well.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from scoring.errors import OutOfRangeError
from scoring.losses import Loss, Sample
from scoring.types import Answers, Bools, Codes

PLANTED: Final = 10
PLANTED_SHARE: Final = 0.04
TOSS_UP: Final = PLANTED  # the kinds of people: 0 to 9 planted, then these two
SERVED_WELL: Final = PLANTED + 1
TOSS_UP_SHARE: Final = 0.30
MODEL_ERROR: Final = 0.35  # on the planted groups
PATCH_ERROR: Final = 0.10
OTHER_ERROR: Final = 0.10
LEAST_ROWS: Final = 400  # below, a split may lack some planted group


@dataclass(frozen=True)
class World:
    """Hidden rows in the order holdout (a quarter), guard (a quarter), sealed (half).

    ``sample`` the hidden side of all n rows, ``kinds`` (n,) the sort of person, ``initial`` (n,) the model's answers,
    ``patches`` (10, n) the honest patches' answers, each right for its own planted group.
    """

    sample: Sample
    kinds: Codes
    initial: Codes
    patches: Codes

    @property
    def holdout(self) -> slice:
        """The rows that answer every submission."""
        return slice(0, self.sample.n // 4)

    @property
    def guard(self) -> slice:
        """The silent rows that decide repairs."""
        return slice(self.sample.n // 4, self.sample.n // 2)

    @property
    def sealed(self) -> slice:
        """The rows that certify."""
        return slice(self.sample.n // 2, self.sample.n)

    def rows_of(self, kind: int) -> Bools:
        """The mask (n,) of one sort of people."""
        return np.asarray(self.kinds == kind)

    @cached_property
    def holdout_sample(self) -> Sample:
        """The hidden side of the holdout."""
        return self.sample.take(np.arange(self.sample.n)[self.holdout])

    @cached_property
    def sealed_sample(self) -> Sample:
        """The hidden side of the sealed split."""
        return self.sample.take(np.arange(self.sample.n)[self.sealed])


def draw_world(n: int, dice: np.random.Generator) -> World:
    """``n`` hidden rows of a new world.

    Raises:
        OutOfRangeError: for fewer rows than ``LEAST_ROWS``.

    Example:
        >>> world = draw_world(4000, np.random.default_rng(0))
        >>> world.sealed_sample.n, world.patches.shape
        (2000, (10, 4000))
    """
    if n < LEAST_ROWS:
        raise OutOfRangeError(f"A simulated competition needs at least {LEAST_ROWS} hidden rows.")
    shares = [PLANTED_SHARE] * PLANTED + [TOSS_UP_SHARE, 1 - PLANTED * PLANTED_SHARE - TOSS_UP_SHARE]
    kinds = dice.choice(len(shares), n, p=shares).astype(np.int32)
    labels = dice.integers(0, 2, n, dtype=np.int32)
    errors = np.array([MODEL_ERROR] * PLANTED + [0.5, OTHER_ERROR])
    initial = labels ^ (dice.random(n) < errors[kinds])
    patches = labels ^ (dice.random((PLANTED, n)) < PATCH_ERROR)
    return World(Sample(Loss.ZERO_ONE, labels), kinds, initial.astype(np.int32), patches.astype(np.int32))


def population() -> Sample:
    """Everyone, one row a kind, weighted by its share: exact expected losses, no sampling.

    An answer here is who answers: 0 the model, j + 1 honest patch j, 11 an attacker. On the toss-ups all err on half.

    Example:
        >>> everyone = population()
        >>> by_the_model = everyone.losses(np.zeros(12, dtype=np.int32))
        >>> by_the_model[[0, TOSS_UP]].tolist(), round(float(everyone.losses(ANSWERED_BY[0])[0]), 2)
        ([0.35, 0.5], 0.1)
    """
    model = np.array([MODEL_ERROR] * PLANTED + [0.5, OTHER_ERROR])
    losses = np.tile(model, (PLANTED + 2, 1))
    for j in range(PLANTED):
        losses[j + 1, j] = PATCH_ERROR
    shares = np.array([PLANTED_SHARE] * PLANTED + [TOSS_UP_SHARE, 1 - PLANTED * PLANTED_SHARE - TOSS_UP_SHARE])
    return Sample(Loss.WORD_ERROR_RATE, np.zeros(len(model), dtype=np.int32), shares, candidate_losses=losses)


ANSWERED_BY: Final[tuple[Answers, ...]] = tuple(np.full(PLANTED + 2, j + 1, dtype=np.int32) for j in range(PLANTED + 1))
