"""How far a team's holdout evidence is believed when the chance of passing is predicted, and whom a round asks.

Evidence that was climbed on the holdout predicts a pass that does not come, and such surprises are what empties the
ledger: measured without this module, one team with 10,000 adaptive submissions spent 100 to 200 nats of it, and no
honest patch was certified afterwards. The prediction is therefore a mixture of two forecasters (Vovk 1990): one takes
the holdout at its word, the other expects a failure. The weight of the second starts with the number of submissions
that the team has made and follows Bayes' rule with every sealed test of the team. All of it is known before a test is
opened, from public history and the holdout: a bad forecast costs confidence, never validity (ALGORITHMS 6.3).
"""

from dataclasses import dataclass, replace
from typing import Final

from scoring.errors import OutOfRangeError
from scoring.rounds import LEAST_Q, MOST_Q

SUBMISSIONS_FOR_EVEN_ODDS: Final = 100  # at so many, before any test, both forecasters weigh the same
LEAST_CHANCE: Final = 0.20  # below it a test mostly lowers the levels of those that follow


@dataclass(frozen=True)
class Record:
    """A team's ``submissions`` so far, and how its sealed tests moved the ``odds`` that its evidence is overfitted.

    ``failures`` of its sealed tests since one passed.

    Example:
        >>> fresh, climber = Record(submissions=1), Record(submissions=1000)
        >>> round(fresh.discount(0.9), 3), round(climber.discount(0.9), 3)
        (0.891, 0.1)
        >>> round(climber.after(0.9, passed=True).discount(0.9), 3)
        0.74
    """

    submissions: int
    odds: float = 1.0
    failures: int = 0

    def __post_init__(self) -> None:
        if not (self.submissions >= 0 and 0 <= self.odds < float("inf") and self.failures >= 0):
            raise OutOfRangeError("A team's submissions, odds and failures cannot be negative.")

    def discount(self, chance: float) -> float:
        """q in [.02, .98]: the ``chance`` that the holdout predicts, mixed with failure."""
        return min(MOST_Q, max(LEAST_Q, chance - self.doubt * (chance - LEAST_Q)))

    @property
    def doubt(self) -> float:
        """The weight in [0, 1) of the forecaster that expects a failure."""
        odds = self.odds * self.submissions / SUBMISSIONS_FOR_EVEN_ODDS
        return odds / (1 + odds)

    @property
    def comes_last(self) -> bool:
        """Whether a round tests the team after those that are rather believed than not: the first tests of a
        competition are the easiest to pass by luck.

        Example:
            >>> Record(submissions=100).comes_last, Record(submissions=101).comes_last
            (False, True)
        """
        return self.doubt > 0.5

    def after(self, chance: float, passed: bool) -> "Record":
        """The record after a sealed test for which the holdout predicted ``chance``, in [.02, .98]."""
        if not LEAST_Q <= chance <= MOST_Q:
            raise OutOfRangeError(f"A predicted chance must lie between {LEAST_Q} and {MOST_Q}.")
        ratio = LEAST_Q / chance if passed else (1 - LEAST_Q) / (1 - chance)
        # Kept within a factor that a few tests undo: nobody is written off, or trusted, for good.
        odds = min(1e6, max(1e-6, self.odds * ratio))
        return replace(self, odds=odds, failures=0 if passed else self.failures + 1)

    def is_asked(self, chance: float, *, asked_in_round: int, rounds_since: int | None = None) -> bool:
        """Whether a round puts a candidate to the test, or sends it back untested because it is bound to fail.

        Whose q is large enough is asked. Below that a team's first candidate of a round, ``asked_in_round`` 0, may
        still be judged by the ``chance`` that the holdout predicts, so that no record shuts a team out for good:
        at once where it was never tested, and after k failures once in 2**k rounds. ``rounds_since`` counts from the
        round in which the team was last tested, 1 in the next; None where it never was.

        Example:
            >>> climber = Record(submissions=1000)
            >>> climber.is_asked(0.9, asked_in_round=0), climber.is_asked(0.9, asked_in_round=1)
            (True, False)
            >>> failed = climber.after(0.9, passed=False)
            >>> [failed.is_asked(0.9, asked_in_round=0, rounds_since=rounds) for rounds in (1, 2)]
            [False, True]
            >>> Record(submissions=1).is_asked(0.1, asked_in_round=0)
            False
        """
        if self.discount(chance) >= LEAST_CHANCE:
            return True
        has_waited = rounds_since is None or rounds_since >= 2**self.failures
        return asked_in_round == 0 and has_waited and chance >= LEAST_CHANCE
