"""Taking merged pairs out of a list again, and proving that the list is what its merges make of it (ALGORITHMS 2, 4).

A list is decided by version 0's answers, its pairs in merge order and the rules of the competition: nothing else goes
into a merge. So a pair is taken out by merging those that came after it once more, upon what was there before it, and
the result is the list that never had it: node by node, answer by answer. A version is one merge, and merge ``i`` made
version ``i + 1``; after a pair is taken out the numbers count what is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.errors import OutOfRangeError, WrongLengthError
from scoring.losses import Sample
from scoring.merge import ListState, MergeOutcome, Mode, merge
from scoring.types import Answers, Bools

Pair = tuple[Bools, Answers]


@dataclass(frozen=True)
class Rules:
    """What every merge of a competition goes by; the fields are the arguments of ``scoring.merge.merge``."""

    sample: Sample
    mode: Mode
    rows: NDArray[np.int64] | None = None
    slack_rows: int = 0
    epsilon: float | None = None

    def merge(self, state: ListState, pair: Pair) -> MergeOutcome:
        """``pair``, a mask and patch answers (n,) each, merged into ``state``."""
        mask, answers = pair
        return merge(
            state,
            mask,
            answers,
            sample=self.sample,
            mode=self.mode,
            rows=self.rows,
            slack_rows=self.slack_rows,
            epsilon=self.epsilon,
        )

    def on(self, rows: NDArray[np.int64]) -> "Rules":
        """The same rules, repairs being decided on other rows."""
        return replace(self, rows=rows)


def build(state: ListState, pairs: Sequence[Pair], rules: Rules) -> ListState:
    """``state`` with ``pairs`` merged into it in order. From ``ListState.start`` it is the whole list from zero.

    Example:
        >>> from scoring.losses import Loss
        >>> rules = Rules(Sample(Loss.ZERO_ONE, np.ones(2, dtype=np.int32)), Mode.STRICT)
        >>> pair = (np.array([True, False]), np.ones(2, dtype=np.int32))
        >>> build(ListState.start(np.zeros(2, dtype=np.int32)), [pair], rules).version_answers[-1].tolist()
        [1, 0]
    """
    for pair in pairs:
        state = rules.merge(state, pair).state
    return state


def roll_back(state: ListState, version: int) -> ListState:
    """The list as it was when ``version`` was published: what is merged next goes on from there.

    Raises:
        OutOfRangeError: for a version that the list does not have.
    """
    if not 0 <= version <= state.list.head:
        raise OutOfRangeError(f"The list has versions 0 to {state.list.head}, and none with number {version}.")
    return ListState(state.list.at(version), state.version_answers[: version + 1], state.masks[:version])


def without(state: ListState, pairs: Sequence[Pair], index: int, rules: Rules) -> ListState:
    """The list that never had pair ``index``: those before it as they are, those after it merged once more.

    ``pairs`` all pairs of ``state``, masks and patch answers (n,) each, in merge order. In theorem mode the accepts of
    this list alone are counted: whoever has asked the sample about what is gone now counts that beside them.

    Raises:
        OutOfRangeError: for a pair that the list does not have.  WrongLengthError: where ``pairs`` are not those of the
            list.  BudgetSpentError: in theorem mode, where the repairs it now needs are more than epsilon allows.

    Example:
        >>> from scoring.losses import Loss
        >>> rules = Rules(Sample(Loss.ZERO_ONE, np.ones(3, dtype=np.int32)), Mode.STRICT)
        >>> ones = np.ones(3, dtype=np.int32)
        >>> pairs = [(np.array([True, False, False]), ones), (np.array([False, True, False]), ones)]
        >>> whole = build(ListState.start(0 * ones), pairs, rules)
        >>> whole.version_answers[-1].tolist(), without(whole, pairs, 0, rules).version_answers[-1].tolist()
        ([1, 1, 0], [0, 1, 0])
    """
    if len(pairs) != len(state.masks):
        raise WrongLengthError(f"The list has {len(state.masks)} pairs, and {len(pairs)} were given.")
    if not 0 <= index < len(pairs):
        raise OutOfRangeError(f"The list has pairs 0 to {len(pairs) - 1}, and none with number {index}.")
    return build(roll_back(state, index), pairs[index + 1 :], rules)


def differing(state: ListState, pairs: Sequence[Pair], rules: Rules) -> list[int]:
    """The versions of the list that merging its pairs from zero makes otherwise: none, where it is what it says (C12).

    A version differs in its nodes (a decision, a repair, their order) or in its answers, compared bit for bit.
    Each is made from the list's own earlier versions, so that one wrong version is named and not all that follow it.
    """
    found = []
    for version, pair in enumerate(pairs, start=1):
        made = rules.merge(roll_back(state, version - 1), pair)
        nodes = state.list.at(version).nodes
        same = made.state.list.nodes == nodes and made.answers.tobytes() == state.version_answers[version].tobytes()
        if not same:
            found.append(version)
    return found
