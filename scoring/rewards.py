"""Rewards at the close: what each merged pair took off the loss, in merge order (the score of arXiv 2201.10408)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scoring.decision_list import DecisionList, Leaf, apply_node, replay
from scoring.errors import WrongLengthError
from scoring.losses import Sample
from scoring.scores import Score, score
from scoring.types import Answers, Bools, Floats


@dataclass(frozen=True)
class Rewards:
    """``marginal`` the score of each merged pair against the version before it, in merge order; ``repairs`` what the
    pointer nodes took off the loss; ``total`` the fall in loss from version 0 to the newest. All in loss per row of
    the sample: total = sum of the marginal values + repairs, up to the rounding of sums.
    """

    marginal: tuple[Score, ...]
    repairs: float
    total: float


def marginal_rewards(
    sample: Sample, initial: Answers, pairs: Sequence[tuple[Bools, Answers]], pdl: DecisionList
) -> Rewards:
    """Replay the list on the sample's rows (the sealed split, at the close) and credit each pair as it was merged.

    ``initial`` (n,) and ``pairs`` (masks and patch answers, (n,) each) on the same rows as ``sample``.

    Raises:
        WrongLengthError: when the list does not have one leaf for each pair.

    Example:
        >>> from scoring.losses import Loss
        >>> sample = Sample(Loss.ZERO_ONE, np.array([1, 1], dtype=np.int32))
        >>> pair = (np.array([True, False]), np.array([1, 1], dtype=np.int32))
        >>> found = marginal_rewards(sample, np.zeros(2, dtype=np.int32), [pair], DecisionList((Leaf(0, 0),), (0, 1)))
        >>> found.marginal[0].value, found.repairs, found.total
        (0.5, 0.0, 0.5)
    """
    if sum(isinstance(node, Leaf) for node in pdl.nodes) != len(pairs):
        raise WrongLengthError("There must be one leaf for each merged pair.")
    versions = replay(initial, pairs, pdl)
    marginal = []
    for version, (start, end) in enumerate(pairwise(pdl.version_ends)):
        answers = versions[version]
        for node in pdl.nodes[start:end]:
            if isinstance(node, Leaf):
                mask, patch = pairs[node.group][0], pairs[node.patch][1]
                marginal.append(score(sample, mask, sample.losses(answers), sample.losses(patch)))
            answers = apply_node(answers, node, pairs, versions)
    total = mean_loss(sample, sample.losses(initial)) - mean_loss(sample, sample.losses(versions[-1]))
    return Rewards(tuple(marginal), total - sum(each.value for each in marginal), total)


def mean_loss(sample: Sample, losses: Floats) -> float:
    """The (weighted) mean of ``losses`` (n,) over the sample.

    Example:
        >>> from scoring.losses import Loss
        >>> mean_loss(Sample(Loss.ZERO_ONE, np.array([1, 0])), np.array([1.0, 0.0]))
        0.5
    """
    return float(losses.mean() if sample.weights is None else np.average(losses, weights=sample.weights))
