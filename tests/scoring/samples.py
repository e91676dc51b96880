"""Small random samples, groups and patches, from a seed."""

from dataclasses import dataclass

import numpy as np

from scoring.losses import Loss, Sample
from scoring.types import Answers, Bools


@dataclass(frozen=True)
class Game:
    """A sample, the initial model's answers on it, and pairs of a mask and patch answers."""

    sample: Sample
    initial: Answers
    pairs: list[tuple[Bools, Answers]]


def zero_one(labels: list[int], **rest: object) -> Sample:
    return Sample(Loss.ZERO_ONE, np.array(labels, dtype=np.int32), **rest)  # type: ignore[arg-type]


def codes(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int32)


def mask_of(text: str) -> Bools:
    """'110' as truth values."""
    return np.array([character == "1" for character in text])


def classes_game(seed: int, *, n: int = 40, pairs: int = 6, n_classes: int = 3, error: float = 0.4) -> Game:
    """Answers that are right with probability 1 - error, so that pairs help and hurt by turns."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n).astype(np.int32)

    def answers() -> Answers:
        return np.where(rng.random(n) < error, rng.integers(0, n_classes, n), labels).astype(np.int32)

    drawn = [(rng.random(n) < rng.uniform(0.1, 0.7), answers()) for _ in range(pairs)]
    return Game(Sample(Loss.ZERO_ONE, labels), answers(), [pair for pair in drawn if pair[0].any()])


def reals_game(seed: int, *, n: int = 40, pairs: int = 6, weighted: bool = False) -> Game:
    """Squared loss on [-4, 4], with or without row weights."""
    rng = np.random.default_rng(seed)
    labels = rng.normal(size=n)
    weights = rng.uniform(0.5, 3.0, n) if weighted else None
    sample = Sample(Loss.SQUARED, labels, weights, value_range=(-4.0, 4.0))
    drawn = [(rng.random(n) < rng.uniform(0.1, 0.7), labels + rng.normal(size=n)) for _ in range(pairs)]
    return Game(sample, labels + rng.normal(size=n), [pair for pair in drawn if pair[0].any()])
