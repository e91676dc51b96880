"""One simulated competition: what changes while it runs, how a pair is certified, and what is truly gained."""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import numpy as np

from scoring.decision_list import DecisionList, replay
from scoring.harms import Harm
from scoring.merge import ListState, Mode, merge
from scoring.rounds import Claim, Ledger, gate, predict_pass, test_claim
from scoring.simulation.world import ANSWERED_BY, TOSS_UP, World, population
from scoring.trust import Record
from scoring.types import Answers, Bools

DELTA: Final = 0.05
CANDIDATES_PER_ROUND: Final = 5  # of a team
ATTACKER: Final = -1  # the attacking team; of the others, teams 0 to 9 have the patch of their planted group each
REPAIR: Final = Claim(repair=True, underperformance=False, harm=Harm.ERROR)
SEED: Final = 0  # of tests, which need none here: counts of independent rows


@dataclass(frozen=True)
class Entry:
    """A submission that may be tested: whose, for which kind of people, its group and answers (n,), and by how many
    holdout rows it beats version 0."""

    team: int
    kind: int
    mask: Bools
    answers: Answers
    gained_rows: int


@dataclass
class Competition:
    """A competition on ``world``. ``merged`` the kinds of people that merged pairs are for, in
    order; ``records`` of the teams that were tested, each with the round of its last test; ``last_level`` that of the
    last sealed test; ``rounds`` held so far."""

    world: World
    state: ListState
    ledger: Ledger = field(default_factory=lambda: Ledger(DELTA))
    merged: list[int] = field(default_factory=list)
    records: dict[int, tuple[Record, int]] = field(default_factory=dict)
    last_level: float = DELTA
    rounds: int = 0

    @classmethod
    def start(cls, world: World) -> "Competition":
        """Nothing merged, nothing spent."""
        return cls(world, ListState.start(world.initial))

    def passes_gate(self, entry: Entry) -> bool:
        """Whether the holdout's evidence against the head lets an entry be tested."""
        return gate(self.world.holdout_sample, *self._arrays(entry, self.world.holdout), REPAIR, seed=SEED)[0]

    def sealed_p_value(self, entry: Entry) -> float:
        """The sealed split's p-value against the head."""
        return test_claim(self.world.sealed_sample, *self._arrays(entry, self.world.sealed), REPAIR, seed=SEED).p_value

    def certify(self, entry: Entry, *, submissions: int, asked_in_round: int, decided_on: slice) -> bool | None:
        """Test one candidate as a round does, and merge it if it passes. None: it was sent back untested.

        ``submissions`` of the team so far, ``asked_in_round`` of its candidates tested in this round before it.
        """
        if not self.passes_gate(entry):
            return None
        level, sealed_rows = self.ledger.level(), self.world.sealed_sample.n
        arrays = self._arrays(entry, self.world.holdout)
        chance = predict_pass(self.world.holdout_sample, *arrays, REPAIR, sealed_rows=sealed_rows, level=level)
        record = self.record_of(entry.team, submissions)
        rounds_since = self.rounds - self.records[entry.team][1] if entry.team in self.records else None
        if not record.is_asked(chance, asked_in_round=asked_in_round, rounds_since=rounds_since):
            return None
        passed = self.sealed_p_value(entry) <= level
        self.ledger, self.last_level = self.ledger.charge(record.discount(chance), passed), level
        self.records[entry.team] = record.after(chance, passed), self.rounds
        if passed:
            self.merge(entry, decided_on=decided_on)
        return passed

    def record_of(self, team: int, submissions: int) -> Record:
        """The record of a team that made so many submissions."""
        known = self.records[team][0] if team in self.records else Record(submissions)
        return replace(known, submissions=submissions)

    def merge(self, entry: Entry, *, decided_on: slice) -> None:
        """Merge a pair; repairs are decided on the rows ``decided_on``."""
        sample = self.world.sample
        rows = np.arange(sample.n)[decided_on]
        self.state = merge(self.state, entry.mask, entry.answers, sample=sample, mode=Mode.CERTIFIED, rows=rows).state
        self.merged.append(entry.kind)

    def attackers_gains(self, rows: slice) -> tuple[float, float]:
        """By how much the merges of the attacker's pairs, repairs included, lowered the loss on ``rows``; and truly."""
        sample, versions = self.world.sample, self.state.version_answers
        shown = [float(sample.losses(answers)[rows].mean()) for answers in versions]
        true = true_losses(self.state.list, self.merged)
        return self._attackers(shown), self._attackers(true)

    def _attackers(self, losses: list[float]) -> float:
        falls = [before - after for before, after in pairwise(losses)]
        return sum((fall for fall, kind in zip(falls, self.merged, strict=True) if kind == TOSS_UP), 0.0)

    def _arrays(self, entry: Entry, rows: slice) -> tuple[Bools, Answers, Answers]:
        return entry.mask[rows], self.state.version_answers[-1][rows], entry.answers[rows]


def true_losses(pdl: DecisionList, merged: list[int]) -> list[float]:
    """The expected loss of each version on the whole population, exactly, after merges for the given kinds.

    Example:
        >>> from scoring.decision_list import Leaf
        >>> before, after = true_losses(DecisionList((Leaf(0, 0),), (0, 1)), [3])
        >>> round(before - after, 6)
        0.01
    """
    everyone = population()
    kinds = np.arange(everyone.n)
    pairs = [(kinds == kind, ANSWERED_BY[kind]) for kind in merged]
    versions = replay(np.zeros(everyone.n, dtype=np.int32), pairs, pdl)
    return [float(np.average(everyone.losses(answers), weights=everyone.weights)) for answers in versions]


def honest_entry(world: World, team: int) -> Entry:
    """An honest team's submission."""
    rows, labels, patch = world.holdout, world.sample.labels, world.patches[team]
    mask = world.rows_of(team)
    gains = (world.initial != labels)[rows].astype(int) - (patch != labels)[rows].astype(int)
    return Entry(team, team, mask, patch, int(gains[mask[rows]].sum()))
