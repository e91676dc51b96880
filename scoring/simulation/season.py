"""A competition as people hold it: 46 teams of 80 submissions each over ten rounds, nobody attacks.

Ten of the teams have an honest patch each among their submissions, sent in turn; everything else is a group of
toss-ups with a patch that is worth nothing: 5 % of those pass the gate by luck.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.binomial import mcnemar
from scoring.rounds import GATE_LEVEL
from scoring.simulation.competition import CANDIDATES_PER_ROUND, Competition, Entry, honest_entry
from scoring.simulation.rules import ROUNDS, hold_round
from scoring.simulation.world import PLANTED, TOSS_UP, World, draw_world

TEAMS: Final = 46
SUBMISSIONS: Final = 80
ROUND_CAP: Final = 40
SMALLEST: Final = 0.15  # of the toss-ups, and the largest: what a worthless group takes in
LARGEST: Final = 0.60


@dataclass(frozen=True)
class Season:
    """What came of it: ``tests`` made, nats ``spent``, and the level of the last test."""

    honest_certified: int
    honest_total: int
    false_certificates: int
    tests: int
    spent: float
    last_level: float


def play_season(rows: int, seed: int, *, teams: int = TEAMS, submissions: int = SUBMISSIONS) -> Season:
    """One competition of so many teams and submissions of each.

    Example:
        >>> season = play_season(20_000, seed=0, teams=12, submissions=20)
        >>> season.honest_certified >= 9, season.false_certificates
        (True, 0)
    """
    dice = np.random.default_rng([seed, rows, teams])
    world = draw_world(rows, dice)
    competition = Competition.start(world)
    for number in range(ROUNDS):
        made = submissions * (number + 1) // ROUNDS - submissions * number // ROUNDS
        entries = [honest_entry(world, number)]
        entries += [e for team in range(teams) for e in _lucky(world, team, made - (team == number), dice)]
        submitted = {team: submissions * (number + 1) // ROUNDS for team in range(teams)}
        hold_round(competition, _capped(entries), submitted)
    false = competition.merged.count(TOSS_UP)
    ledger = competition.ledger
    honest = len(competition.merged) - false
    return Season(honest, PLANTED, false, ledger.tests, ledger.spent, competition.last_level)


def _lucky(world: World, team: int, times: int, dice: np.random.Generator) -> Iterator[Entry]:
    """The worthless submissions of a team that pass the gate; on other rows the others are never looked at."""
    rows = np.flatnonzero(world.rows_of(TOSS_UP))
    answering = rows < world.holdout.stop
    model_right = world.initial[rows] == world.sample.labels[rows]
    for _ in range(times):
        inside = dice.random(len(rows)) < dice.uniform(SMALLEST, LARGEST)
        bits = dice.integers(0, 2, len(rows), dtype=np.int32)
        right = bits == world.sample.labels[rows]
        fixed = int(np.count_nonzero(inside & answering & right & ~model_right))
        broken = int(np.count_nonzero(inside & answering & ~right & model_right))
        if mcnemar(fixed, broken) <= GATE_LEVEL:
            mask, answers = np.zeros(world.sample.n, dtype=np.bool_), world.initial.copy()
            mask[rows], answers[rows] = inside, np.where(inside, bits, world.initial[rows])
            yield Entry(team, TOSS_UP, mask, answers, fixed - broken)


def _capped(entries: list[Entry]) -> list[Entry]:
    """Best first, at most five a team and forty in all."""
    taken: Counter[int] = Counter()
    chosen = []
    for entry in sorted(entries, key=lambda entry: -entry.gained_rows):
        if taken[entry.team] < CANDIDATES_PER_ROUND:
            taken[entry.team] += 1
            chosen.append(entry)
    return chosen[:ROUND_CAP]
