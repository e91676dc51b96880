"""From bias hunting to cost-sensitive classification (arXiv 2201.10408, theorem 20)."""

from typing import Final

import numpy as np

from scoring.errors import WrongTypeError
from scoring.losses import Loss, Sample
from scoring.scores import Score
from scoring.types import Answers, Floats

ELSEWHERE: Final = -1  # the answer "?": the row is not in the group


def ternary_costs(sample: Sample, model_answers: Answers, n_classes: int) -> Floats:
    """What each answer costs on each row: (n, n_classes + 1), the last column for ``ELSEWHERE``, which costs nothing.

    +1 for answering wrongly where the model is right, -1 for answering rightly where it is wrong. Whoever answers each
    row with a class or ``ELSEWHERE`` names a group and a patch, whose score is minus the mean cost of those answers.

    Raises:
        WrongTypeError: for a loss that is not 0/1.

    Example:
        >>> sample = Sample(Loss.ZERO_ONE, np.array([0, 1], dtype=np.int32))
        >>> ternary_costs(sample, np.array([0, 0], dtype=np.int32), 2).tolist()
        [[0.0, 1.0, 0.0], [0.0, -1.0, 0.0]]
    """
    if sample.loss is not Loss.ZERO_ONE:
        raise WrongTypeError("Answers have costs where the loss is 0/1.")
    model_losses = sample.losses(model_answers)
    costs = np.zeros((sample.n, n_classes + 1))
    for answer in range(n_classes):
        costs[:, answer] = (sample.labels != answer) - model_losses
    return costs


def advantage_and_loss(found: Score) -> tuple[float, float]:
    """The score's two masses: rows of the group where only the patch is right, and where only the model is.

    Example:
        >>> from scoring.scores import from_counts
        >>> advantage_and_loss(from_counts(rows=50, fixed=9, broken=4, n=100))
        (0.09, 0.04)
    """
    if found.fixed is None or found.broken is None:
        raise WrongTypeError("Only scores of whole rows have the two masses.")
    return found.fixed / found.n, found.broken / found.n
