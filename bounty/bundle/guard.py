"""The guard split of a bundle that comes without one: half of the holdout, never cutting a unit."""

import numpy as np
import pandas as pd

from bounty.bundle.reading import Bundle
from bounty.models import DataSplit
from scoring.types import Bools

HOLDOUT, GUARD = DataSplit.Name.HOLDOUT.value, DataSplit.Name.GUARD.value


def seed_of(bundle: Bundle) -> int:
    """The seed of the cut: the same files are always cut alike."""
    return int(bundle.sha256[:12], 16)


def split_off(bundle: Bundle) -> None:
    """Move half of the holdout's rows, whole units at a time, to a guard split; say so in the bundle's notes."""
    if GUARD in bundle.frames or HOLDOUT not in bundle.frames:
        return
    holdout = bundle.frames[HOLDOUT]
    guard = _half(holdout.rows, bundle.draft.unit, seed_of(bundle))
    by = f"whole units of {bundle.draft.unit}" if bundle.draft.unit else "rows"
    bundle.notes.append(
        f"There is no guard split: {int(guard.sum()):,} of the holdout's {len(guard):,} rows became one, by {by}, "
        f"at random with seed {seed_of(bundle)} (from the bundle's digest)."
    )
    bundle.frames[GUARD] = type(holdout)(holdout.file, holdout.rows[guard].reset_index(drop=True), holdout.types)
    holdout.rows = holdout.rows[~guard].reset_index(drop=True)


def _half(rows: pd.DataFrame, unit: str | None, seed: int) -> Bools:
    """Units in random order, taken until they hold half of the rows; at least one is left."""
    units = np.arange(len(rows)) if unit is None else pd.factorize(rows[unit])[0]
    sizes = np.bincount(units)
    order = np.random.default_rng(seed).permutation(len(sizes))
    before = np.cumsum(sizes[order]) - sizes[order]
    taken = order[before + sizes[order] / 2 <= len(rows) / 2]
    return np.isin(units, taken if 0 < len(taken) < len(sizes) else order[: max(1, len(sizes) // 2)])
