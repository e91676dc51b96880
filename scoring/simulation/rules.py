"""The rules of acceptance that are compared: rounds under a ledger, one opening at the close, and the naive one."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np

from scoring.closing import holm
from scoring.errors import OutOfRangeError
from scoring.simulation.attackers import Attack
from scoring.simulation.competition import (
    ATTACKER,
    CANDIDATES_PER_ROUND,
    DELTA,
    Competition,
    Entry,
    honest_entry,
)
from scoring.simulation.playing import Playing
from scoring.simulation.world import PLANTED, TOSS_UP, World, draw_world

ROUNDS: Final = 10
NAIVE_SCORE: Final = 0.001  # what both published code bases ask for


class Rule(StrEnum):
    """What is merged: what a round certifies, what one opening at the close certifies, or what scores .001."""

    ROUNDS = "rounds"
    CLOSE = "close"
    NAIVE = "naive"


@dataclass(frozen=True)
class Row:
    """One competition. The gains are those of the attacker's merged pairs, in loss per row of everyone.

    ``reported_gain`` by the rows that the rule accepts on (sealed; naive: all), ``true_gain`` in the population,
    ``faked_gain`` the difference; ``honest_certified`` of ``honest_total`` patches; ``false_certificates`` of patches
    that are worth nothing, all the attacker's; ``ledger_spent`` in nats.
    """

    attacker: str
    faked_gain: float
    reported_gain: float
    true_gain: float
    honest_certified: int
    honest_total: int
    false_certificates: int
    ledger_spent: float

    def to_json(self) -> dict[str, Any]:
        """The row as plain JSON values."""
        return asdict(self)


def simulate(rows: int, submissions: int, seed: int, rule: Rule = Rule.ROUNDS) -> list[Row]:
    """One competition for each attacker, on the same ``rows`` hidden rows, with ten honest teams.

    An attacker makes ``submissions``; the honest teams one each, in turn over ten rounds. The same arguments give the
    same result.

    Raises:
        OutOfRangeError: for too few rows, no submissions, or a negative seed.

    Example:
        >>> [round(row.faked_gain, 3) for row in simulate(4000, 500, seed=1)]
        [0.0, 0.0]
        >>> simulate(4000, 2000, seed=1, rule=Rule.NAIVE)[0].faked_gain > 0.05
        True
    """
    if submissions < 1 or seed < 0:
        raise OutOfRangeError("A simulation needs at least one submission, and a seed that is not negative.")
    found = []
    for number, attack in enumerate(Attack):
        world = draw_world(rows, np.random.default_rng([seed, rows]))
        found.append(_RULES[rule](world, attack, submissions, np.random.default_rng([seed, rows, number])))
    return found


def _rounds(world: World, attack: Attack, submissions: int, dice: np.random.Generator) -> Row:
    competition = Competition.start(world)
    playing = Playing(attack, world, world.holdout, dice)
    for number in range(ROUNDS):
        times = submissions * (number + 1) // ROUNDS - playing.submitted
        entries = playing.best_of(times, keep=CANDIDATES_PER_ROUND) if times else []
        hold_round(competition, [*entries, honest_entry(world, number)], {ATTACKER: playing.submitted})
    return _row(attack, competition)


def hold_round(
    competition: Competition, entries: list[Entry], submitted: Mapping[int, int], *, decided_on: slice | None = None
) -> None:
    """A round: who passes the gate as the round opens, best first, each against the head that those before it made.

    Teams whose evidence is rather doubted than believed come last. ``submitted`` the submissions so far of each team
    that made more than one.
    """
    competition.rounds += 1
    asked: Counter[int] = Counter()
    chosen = [entry for entry in entries if competition.passes_gate(entry)]
    last = {e.team: competition.record_of(e.team, submitted.get(e.team, 1)).comes_last for e in chosen}
    for entry in sorted(chosen, key=lambda entry: (last[entry.team], -entry.gained_rows)):
        passed = competition.certify(
            entry,
            submissions=submitted.get(entry.team, 1),
            asked_in_round=asked[entry.team],
            decided_on=competition.world.guard if decided_on is None else decided_on,
        )
        asked[entry.team] += passed is not None


def _close(world: World, attack: Attack, submissions: int, dice: np.random.Generator) -> Row:
    competition = Competition.start(world)
    entries = Playing(attack, world, world.holdout, dice).best_of(submissions, keep=CANDIDATES_PER_ROUND)
    entries += [honest_entry(world, team) for team in range(PLANTED)]
    candidates = sorted(filter(competition.passes_gate, entries), key=lambda entry: -entry.gained_rows)
    holds = holm(np.array([competition.sealed_p_value(entry) for entry in candidates]), DELTA)
    for entry, held in zip(candidates, holds, strict=True):
        if held:
            competition.merge(entry, decided_on=world.guard)
    return _row(attack, competition)


def _row(attack: Attack, competition: Competition) -> Row:
    reported, true = competition.attackers_gains(competition.world.sealed)
    false = competition.merged.count(TOSS_UP)
    honest = len(competition.merged) - false
    spent = competition.ledger.spent
    return Row(attack.value, reported - true, reported, true, honest, PLANTED, false, spent)


def _naive(world: World, attack: Attack, submissions: int, dice: np.random.Generator) -> Row:
    """Every score on all hidden rows is shown, and what scores .001 against the head is merged at once."""
    everyone, least = slice(0, world.sample.n), NAIVE_SCORE * world.sample.n
    accepted, reached = 0, 0
    for gained, _ in Playing(attack, world, everyone, dice).submit(submissions):
        if gained - reached >= least:
            accepted, reached = accepted + 1, gained
    labels = world.sample.labels
    honest = 0
    for team in range(PLANTED):
        inside = world.rows_of(team)
        fixed = np.count_nonzero(inside & (world.initial != labels)) - np.count_nonzero(
            inside & (world.patches[team] != labels)
        )
        honest += int(fixed >= least)
    faked = reached / world.sample.n  # on the toss-ups nothing is truly gained
    return Row(attack.value, faked, faked, 0.0, honest, PLANTED, accepted, 0.0)


_RULES: Final[Mapping[Rule, Callable[[World, Attack, int, np.random.Generator], Row]]] = {
    Rule.ROUNDS: _rounds,
    Rule.CLOSE: _close,
    Rule.NAIVE: _naive,
}
