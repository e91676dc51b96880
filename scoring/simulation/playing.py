"""An attacker at work: the submissions that are scored on the rows that answer, and the best of them."""

from collections.abc import Iterator

import numpy as np

from scoring.simulation.attackers import Attack, attacker
from scoring.simulation.competition import ATTACKER, Entry
from scoring.simulation.world import TOSS_UP, World
from scoring.types import Bools


class Playing:
    """An attacker's submissions, scored on the rows ``shown``.

    Example:
        >>> from scoring.simulation.world import draw_world
        >>> dice = np.random.default_rng(0)
        >>> world = draw_world(4000, dice)
        >>> playing = Playing(Attack.HILL_CLIMBING, world, world.holdout, dice)
        >>> best = playing.best_of(500, keep=2)
        >>> best[0].gained_rows >= best[1].gained_rows > 30, playing.submitted
        (True, 500)
    """

    def __init__(self, attack: Attack, world: World, shown: slice, dice: np.random.Generator) -> None:
        self.submitted = 0
        self._world = world
        self._rows = np.flatnonzero(world.rows_of(TOSS_UP))
        first, last = np.searchsorted(self._rows, [shown.start, shown.stop])
        self._answering = slice(int(first), int(last))
        self._attacker = attacker(attack, len(self._rows), int(last - first), dice)
        self._labels = world.sample.labels[self._rows][self._answering] == 1
        self._initial = self._right(world.initial[self._rows] == 1)

    def submit(self, times: int) -> Iterator[tuple[int, Bools]]:
        """Each submission: by how many of the answering rows it beats version 0, and its patch on the group."""
        for _ in range(times):
            patch = self._attacker.propose()
            gained = self._right(patch) - self._initial
            self._attacker.learn(gained)
            self.submitted += 1
            yield gained, patch

    def best_of(self, times: int, *, keep: int) -> list[Entry]:
        """Submit so often; the ``keep`` best of these submissions, best first, of equals the first."""
        best: list[tuple[int, Bools]] = []
        for gained, patch in self.submit(times):
            if len(best) < keep or gained > best[-1][0]:
                best = sorted([*best, (gained, patch)], key=lambda each: -each[0])[:keep]
        return [self._entry(gained, patch) for gained, patch in best]

    def _right(self, patch: Bools) -> int:
        return int(np.count_nonzero(patch[self._answering] == self._labels))

    def _entry(self, gained: int, patch: Bools) -> Entry:
        answers = self._world.initial.copy()
        answers[self._rows] = patch
        return Entry(ATTACKER, TOSS_UP, self._world.rows_of(TOSS_UP), answers, gained)
