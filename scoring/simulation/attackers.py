"""Entrants who learn the holdout's labels from the numbers they are shown (Blum & Hardt 2015; Dwork et al. 2015).

Their group is the toss-ups, where nothing is to be gained. A patch is any function of the features; where no two rows
are alike that is one bit a row, drawn by hashing, on rows that never answer the attacker (guard, sealed) as well as on
those that do. They see exact scores, not rounded ones.
"""

from enum import StrEnum
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from scoring.types import Bools, Floats

CHANGED_ROWS: Final = 12  # of the rows that answer: what a climbing step changes, on average
VOTE_EVERY: Final = 10  # submissions; the others are random


class Attack(StrEnum):
    """How an attacker proceeds."""

    HILL_CLIMBING = "hill_climbing"
    BOOSTING = "boosting"


class Attacker(Protocol):
    """Makes a patch (m,) on the group's m rows, then is told by how many rows it beats the version-0 model."""

    def propose(self) -> Bools: ...

    def learn(self, gained_rows: int) -> None: ...


def attacker(attack: Attack, m: int, answering: int, dice: np.random.Generator) -> Attacker:
    """The attacker on a group of m rows, of which so many answer submissions.

    Example:
        >>> climber = attacker(Attack.HILL_CLIMBING, 8, 4, np.random.default_rng(0))
        >>> first = climber.propose(); climber.learn(3); second = climber.propose(); climber.learn(1)
        >>> bool((climber.best == first).all())
        True
    """
    if attack is Attack.BOOSTING:
        return Booster(m, dice)
    return HillClimber(m, max(1, m // max(1, answering // CHANGED_ROWS)), dice)


class HillClimber:
    """Changes the answers of a random block of rows and keeps the change when the score rises."""

    def __init__(self, m: int, block: int, dice: np.random.Generator) -> None:
        self.best: Bools = dice.random(m) < 0.5
        self._best_gain: int | None = None
        self._block, self._dice = block, dice
        self._order: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._proposed = self.best

    def propose(self) -> Bools:
        """The best patch so far with one block changed; blocks of a random order, so that each row has its turn."""
        self._proposed = self.best.copy()
        if self._best_gain is not None:
            if len(self._order) == 0:
                self._order = self._dice.permutation(len(self.best))
            changed, self._order = self._order[: self._block], self._order[self._block :]
            self._proposed[changed] ^= True
        return self._proposed

    def learn(self, gained_rows: int) -> None:
        """Keep what is better."""
        if self._best_gain is None or gained_rows > self._best_gain:
            self.best, self._best_gain = self._proposed, gained_rows


class Booster:
    """Random patches, each given its score as a vote on every row; now and then the majority is submitted."""

    def __init__(self, m: int, dice: np.random.Generator) -> None:
        self.votes: Floats = np.zeros(m)
        self._dice = dice
        self._made = 0
        self._mean, self._random = 0.0, 0
        self._proposed: Bools = self.votes > 0

    def propose(self) -> Bools:
        """A random patch, or every ``VOTE_EVERY`` submissions what the votes say."""
        self._made += 1
        if self._made % VOTE_EVERY == 0:
            return np.asarray(self.votes > 0)
        bits = np.frombuffer(self._dice.bytes((len(self.votes) + 7) // 8), dtype=np.uint8)
        self._proposed = np.unpackbits(bits, count=len(self.votes)).view(np.bool_)
        return self._proposed

    def learn(self, gained_rows: int) -> None:
        """Vote with how much better than the average random patch this one was."""
        if self._made % VOTE_EVERY == 0:
            return
        self._random += 1
        self._mean += (gained_rows - self._mean) / self._random
        self.votes += (gained_rows - self._mean) * (2.0 * self._proposed - 1.0)
