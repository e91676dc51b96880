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

    Example:
        >>> fresh, climber = Record(submissions=1), Record(submissions=1000)
        >>> round(fresh.discount(0.9), 3), round(climber.discount(0.9), 3)
        (0.891, 0.1)
        >>> round(climber.after(0.9, passed=True).discount(0.9), 3)
        0.74
    """

    submissions: int
    odds: float = 1.0

    def __post_init__(self) -> None:
        if not (self.submissions >= 0 and 0 <= self.odds < float("inf")):
            raise OutOfRangeError("A team's submissions and odds cannot be negative.")

    def discount(self, chance: float) -> float:
        """q in [.02, .98]: the ``chance`` that the holdout predicts, mixed with failure."""
        odds = self.odds * self.submissions / SUBMISSIONS_FOR_EVEN_ODDS
        doubt = odds / (1 + odds)
        return min(MOST_Q, max(LEAST_Q, chance - doubt * (chance - LEAST_Q)))

    def after(self, chance: float, passed: bool) -> "Record":
        """The record after a sealed test for which the holdout predicted ``chance``, in [.02, .98]."""
        if not LEAST_Q <= chance <= MOST_Q:
            raise OutOfRangeError(f"A predicted chance must lie between {LEAST_Q} and {MOST_Q}.")
        ratio = LEAST_Q / chance if passed else (1 - LEAST_Q) / (1 - chance)
        # Kept within a factor that a few tests undo: nobody is written off, or trusted, for good.
        return replace(self, odds=min(1e6, max(1e-6, self.odds * ratio)))


def is_asked(chance: float, q: float, *, asked_in_round: int) -> bool:
    """Whether a round puts a candidate to the test, or sends it back untested because it is bound to fail.

    A team's first is judged by the ``chance`` that the holdout predicts, so that no record shuts a team out for good;
    a further one by ``q``, in which its submissions and record count too.

    Example:
        >>> is_asked(0.9, 0.05, asked_in_round=0), is_asked(0.9, 0.05, asked_in_round=1)
        (True, False)
        >>> is_asked(0.1, 0.1, asked_in_round=0)
        False
    """
    return (chance if asked_in_round == 0 else q) >= LEAST_CHANCE
