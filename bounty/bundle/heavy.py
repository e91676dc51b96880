"""Rows and units that carry so much of a hidden split's weight that little can be certified beside them.

A bet must allow for the heaviest row or unit that there may be. At a share s of the weight it certifies no score below
s times the logarithm of one over the level, whoever is right: at 5% and a first level of .025 no less than 18 points of
everyone's loss. One row is refused, since a weight can be capped. Units are people, speakers, templates: few of them
may be all that there is, and up to 30 are tested without a bet, so a heavy one is told in the notes.
"""

from typing import Any, Final

import numpy as np
import pandas as pd

from bounty.bundle.reading import Bundle
from bounty.models import DataSplit
from scoring.merge import Mode

MOST_SHARE: Final = 0.05


def check(bundle: Bundle) -> None:
    """Refuse independent rows that carry more than 5% of a hidden split's weight."""
    draft = bundle.draft
    if draft.unit is not None or draft.row_weight is None or draft.rules.mode is not Mode.CERTIFIED:
        return
    for split, weights in _hidden(bundle, draft.row_weight).items():
        if weights.dtype.kind not in "if" or not (weights > 0).all() or not np.isfinite(weights).all():
            continue  # told with the weights
        shares = (weights / weights.sum()).to_numpy()
        if heavy := np.flatnonzero(shares > MOST_SHARE).tolist():
            sentence = (
                f"One row carries {shares.max():.1%} of the weight of {split}; {MOST_SHARE:.0%} is the most. "
                "Cap the weights or add rows"
            )
            bundle.frames[split].refuse("ROW_TOO_HEAVY", sentence, column=draft.row_weight, rows=heavy)


def tell(bundle: Bundle) -> None:
    """Note units that carry more than 5% of a hidden split's weight, once all splits are there."""
    draft = bundle.draft
    if draft.unit is None or draft.rules.mode is not Mode.CERTIFIED:
        return
    for split, units in _hidden(bundle, draft.unit).items():
        weights = bundle.column(split, draft.row_weight)
        totals = (pd.Series(1.0, index=units.index) if weights is None else weights).groupby(units).sum()
        share = float(totals.max() / totals.sum())
        if share > MOST_SHARE:
            bundle.notes.append(
                f"One {draft.unit} carries {share:.1%} of the weight of {split}: more than {MOST_SHARE:.0%}, beside "
                "which little can be certified. Take fewer rows of it, or collect more units. [UNIT_HEAVY]"
            )


def _hidden(bundle: Bundle, name: str) -> "dict[str, pd.Series[Any]]":
    columns = {split.value: bundle.column(split.value, name) for split in DataSplit.HIDDEN}
    return {split: column for split, column in columns.items() if column is not None}
