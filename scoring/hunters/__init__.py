"""Hunters: programs that look for groups that a model fails, on public rows, and for patches that mend it.

``read`` makes a `Hunt` of the public file, ``find`` runs a strategy by its name. The same seed finds the same groups.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

import numpy as np

from scoring.errors import OutOfRangeError
from scoring.hunters.alternating import alternating
from scoring.hunters.cost_sensitive import cost_sensitive
from scoring.hunters.exhaustive import exhaustive
from scoring.hunters.hunt import Found, Hunt, Terms, read
from scoring.hunters.train_by_opt import train_by_opt
from scoring.hunters.tree import tree

Strategy: TypeAlias = Callable[[Hunt, np.random.Generator], Iterator[Found]]
STRATEGIES: Final[Mapping[str, Strategy]] = {
    "tree": tree,
    "exhaustive": exhaustive,
    "csc": cost_sensitive,
    "alternating": alternating,
    "rounds": train_by_opt,
}


def find(hunt: Hunt, strategy: str, rng: np.random.Generator) -> Iterator[Found]:
    """What the strategy of that name finds, best first, each as soon as it is found.

    Raises:
        OutOfRangeError: for a strategy that does not exist.
        ScoringError: for a task or a loss that the strategy does not do.
    """
    if strategy not in STRATEGIES:
        raise OutOfRangeError(f"There is no strategy {strategy[:40]}; choose one of {', '.join(STRATEGIES)}.")
    return STRATEGIES[strategy](hunt, rng)


__all__ = ["STRATEGIES", "Found", "Hunt", "Strategy", "Terms", "find", "read"]
