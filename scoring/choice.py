"""Which of the patches that could be trained is taken, and the evidence that is kept of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scoring.losses import Sample
from scoring.patches import Patch
from scoring.rejections import Bound, Named, Rejections, rejections
from scoring.types import Bools, Floats


@dataclass(frozen=True)
class Option:
    """A patch that may be chosen, and its loss on each public row that judges it (NaN elsewhere)."""

    patch: Patch
    losses: Floats


@dataclass(frozen=True)
class Judge:
    """Compares options on the ``judging`` public rows (n,), by how far they exceed a bound and then by their loss.

    ``bound`` and the groups ``named`` that it is about are None where no bound is asked for.
    """

    sample: Sample
    judging: Bools
    bound: Bound | None = None
    named: Named | None = None

    def loss(self, option: Option) -> float:
        """The mean loss on the judging rows."""
        return self.mean(option.losses)

    def mean(self, losses: Floats) -> float:
        """The mean of losses (n,) on the judging rows, by their weights."""
        weights = None if self.sample.weights is None else self.sample.weights[self.judging]
        return float(np.average(losses[self.judging], weights=weights))

    def rejections(self, option: Option) -> Rejections | None:
        """The false-rejection rates of an option, where there is a bound."""
        if self.bound is None or self.named is None:
            return None
        return rejections(self.sample, option.losses, self.named, self.judging, self.bound.within)

    def excess(self, option: Option) -> float:
        """How far the option goes beyond the bound; 0 where it keeps it or there is none."""
        found = self.rejections(option)
        return 0.0 if found is None else found.excess

    def best(self, options: Sequence[Option]) -> Option:
        """Of those that go least beyond the bound the smallest loss; of equals the first."""
        return min(options, key=lambda option: (self.excess(option), self.loss(option)))

    def best_of_a_name(self, options: Sequence[Option]) -> list[Option]:
        """The best of the options that go by one name, as models of several multipliers do; in their first order."""
        by_name: dict[str, list[Option]] = {}
        for option in options:
            by_name.setdefault(option.patch.name, []).append(option)
        return [self.best(alike) for alike in by_name.values()]

    def better(self, best: Option, own: Sequence[Option]) -> Option:
        """The best of the group's own where it keeps the bound as well and beats ``best`` by more than a standard
        error, or keeps it better; else ``best``."""
        if not own:
            return best
        rival = self.best(own)
        if self.excess(rival) != self.excess(best):
            return min(best, rival, key=self.excess)
        weights = np.ones(self.sample.n) if self.sample.weights is None else self.sample.weights
        gains = (weights * (best.losses - rival.losses))[self.judging]
        units = np.arange(len(gains)) if self.sample.units is None else self.sample.units[self.judging]
        _, numbers = np.unique(units, return_inverse=True)
        totals = np.bincount(numbers, weights=gains)
        error = np.sqrt(len(totals)) * totals.std(ddof=1) if len(totals) > 1 else np.inf
        return rival if totals.sum() > error else best

    def choose(self, shared: Sequence[Option], own: Sequence[Option]) -> tuple[Option, Mapping[str, Any] | None]:
        """The option to take, and what there is to tell of the bound: among it what would be taken without it."""
        chosen = self.better(self.best(shared), own)
        found = self.rejections(chosen)
        if found is None or self.bound is None:
            return chosen, None
        free = replace(self, bound=None)
        other = free.better(free.best(shared), own)
        gap = getattr(self.rejections(other), "gap", 0.0)
        without = {"name": other.patch.name, "loss": self.loss(other), "gap": gap}
        return chosen, {**found.to_json(self.bound.column), "without": without}
