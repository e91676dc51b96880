"""The attack on repairs: an overfitted group that makes honest patches be repaired away (ALGORITHMS 4).

An attacker who really has one planted group's patch widens its group by people whom the model serves well *on the
holdout*, found by climbing there, and answers them as the model does. Nothing about the claim is false and it is
certified. But the group is protected from then on: if repairs are decided on the rows that were climbed on, every
honest patch seems to make that group worse and is undone there. On the guard split, which answers nobody, it does not.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.decision_list import DecisionList, Leaf, replay
from scoring.simulation.attackers import Booster
from scoring.simulation.competition import Competition, Entry, honest_entry
from scoring.simulation.world import PLANTED, World, draw_world, population
from scoring.types import Answers, Bools

OWN: Final = PLANTED - 1  # the planted group whose patch the attacker really has
WIDTHS: Final = np.linspace(0.95, 0.05, 19)  # how much of the other planted groups is taken in, widest first
SERVED_WELL_ENOUGH: Final = 0.06  # the model's error in the widened part on the holdout, which its score tells


@dataclass(frozen=True)
class Undone:
    """What all patches would truly gain without repairs, what of it the ``repairs`` have ``undone``."""

    honest_gain: float
    undone: float
    repairs: int


def attack_repairs(rows: int, submissions: int, seed: int, *, on_holdout: bool) -> Undone:
    """Climb with so many submissions, merge the widened group, then every honest patch; what of their gain is left.

    ``on_holdout`` decides repairs on the holdout; otherwise on the guard split, as the platform does.

    Example:
        >>> on_guard = attack_repairs(5000, 500, seed=0, on_holdout=False)
        >>> on_holdout = attack_repairs(5000, 500, seed=0, on_holdout=True)
        >>> on_guard.undone < 0.01 < on_holdout.undone
        True
    """
    dice = np.random.default_rng([seed, rows, submissions])
    world = draw_world(rows, dice)
    widened = _widened_group(world, submissions, dice)
    competition = Competition.start(world)
    decided_on = world.holdout if on_holdout else world.guard
    answers = np.where(world.rows_of(OWN), world.patches[OWN], world.initial)
    competition.merge(Entry(OWN, OWN, widened, answers, 0), decided_on=decided_on)
    for team in range(OWN):
        competition.merge(honest_entry(world, team), decided_on=decided_on)
    pdl = competition.state.list
    leaves = tuple(node for node in pdl.nodes if isinstance(node, Leaf))
    unrepaired = DecisionList(leaves, tuple(range(len(leaves) + 1)))
    possible, left = (_true_gain(world, widened, each) for each in (unrepaired, pdl))
    return Undone(possible, possible - left, len(pdl.nodes) - len(leaves))


def _widened_group(world: World, submissions: int, dice: np.random.Generator) -> Bools:
    """The attacker's own group and, of the other planted groups, those rows the votes say are served best.

    Each submission flips the model's answers on a random half: what it loses is what the model has right there. The
    widest group is taken that the holdout says is served well; to ask that of each width is one submission more.
    """
    rows = np.flatnonzero(world.kinds < OWN)
    answering = rows < world.holdout.stop
    is_right = (world.initial == world.sample.labels)[rows[answering]]
    booster = Booster(len(rows), dice)
    for _ in range(submissions):
        flipped = booster.propose()[answering]
        booster.learn(int(np.count_nonzero(flipped & is_right)) - int(np.count_nonzero(flipped & ~is_right)))
    cuts = [float(np.quantile(booster.votes[answering], 1 - width)) for width in WIDTHS]
    errors = [float(1 - is_right[booster.votes[answering] > cut].mean()) for cut in cuts]
    served = [cut for cut, error in zip(cuts, errors, strict=True) if error <= SERVED_WELL_ENOUGH]
    widened = world.rows_of(OWN)
    widened[rows] = booster.votes > (served[0] if served else cuts[-1])
    return widened


def _true_gain(world: World, widened: Bools, pdl: DecisionList) -> float:
    """By how much the list lowers the expected loss, over rows that never answered the attacker.

    The list is replayed on who answers each row; what that is worth is known by the kind of person.
    """
    own = np.where(world.rows_of(OWN), OWN + 1, 0).astype(np.int32)
    pairs: list[tuple[Bools, Answers]] = [(widened, own)]
    pairs += [(world.rows_of(kind), np.full(world.sample.n, kind + 1, dtype=np.int32)) for kind in range(OWN)]
    sources = replay(np.zeros(world.sample.n, dtype=np.int32), pairs, pdl)
    losses = population().candidate_losses
    assert losses is not None  # the population's answers are columns
    fresh = slice(world.holdout.stop, None)
    first, last = (losses[sources[version][fresh], world.kinds[fresh]].mean() for version in (0, -1))
    return float(first - last)
