"""TrainByOpt: a hunter asked again and again, with a fresh block of rows each round (arXiv 2201.10408, section 5).

What a round finds is tested on rows of its own block that it did not learn on, and enters the model before the next
round. No row serves twice, so no round is misled by what an earlier one has fitted.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from scoring.errors import WrongTypeError
from scoring.hunters.cost_sensitive import found_by, learn
from scoring.hunters.hunt import Found, Hunt
from scoring.losses import Loss
from scoring.predicates import evaluate
from scoring.types import Bools

NAME: Final = "rounds"
LEAST_GAIN: Final = 0.002  # score on a block's own test rows below which the rounds end


def train_by_opt(hunt: Hunt, rng: np.random.Generator) -> Iterator[Found]:
    """Pairs in the order in which they improve the model: each is scored against the model with those before it.

    Raises:
        WrongTypeError: where the loss is not 0/1.
    """
    if hunt.sample.loss is not Loss.ZERO_ONE:
        raise WrongTypeError("Answers have costs where the loss is 0/1.")
    for block in _blocks(hunt, rng):
        tested = block & (rng.random(hunt.n) < 1 / 2)
        if not tested.any() or tested.sum() == block.sum():
            return
        pair = learn(hunt.only(block, tested), rng)
        if not pair.leaves:
            continue
        mask = evaluate(pair.group, hunt.table)
        answers = pair.answers(hunt.table)
        if not hunt.takes(mask) or hunt.judge(mask, answers, tested).value < LEAST_GAIN:
            continue
        yield found_by(NAME, hunt, pair, mask)
        hunt = hunt.after(mask, answers)


def _blocks(hunt: Hunt, rng: np.random.Generator) -> list[Bools]:
    """The learnt rows in ``most`` blocks, units whole."""
    units = np.arange(hunt.n) if hunt.sample.units is None else hunt.sample.units
    _, numbers = np.unique(units, return_inverse=True)
    drawn = rng.permutation(int(numbers.max()) + 1)[numbers] % hunt.most
    return [(drawn == block) & ~hunt.judged for block in range(hunt.most)]
