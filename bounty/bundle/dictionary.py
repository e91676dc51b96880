"""The data dictionary: every public column described from public rows, and from nothing else."""

from typing import Any, Final

import numpy as np
import pandas as pd

from bounty.bundle.reading import Bundle
from bounty.models import Competition, DataColumn, DataSplit
from scoring.types import Floats

BINS: Final = 20
SHOWN_VALUES: Final = 12
LONGEST_VALUE: Final = 60  # characters; longer text is prose, which is told by its lengths and never quoted
UNQUOTED: Final = (DataColumn.Role.ID, DataColumn.Role.UNIT)


def describe(bundle: Bundle, competition: Competition) -> list[DataColumn]:
    """The rows of the data dictionary, unsaved, in the order of the file."""
    public = [bundle.frames[split].rows for split in DataSplit.PUBLIC if split in bundle.frames]
    rows = pd.concat(public, ignore_index=True)
    demographic = set(bundle.draft.columns.demographic)
    order = {name: position for position, name in enumerate(bundle.features)}
    names = sorted(bundle.names, key=lambda name: order.get(name, len(order)))
    return [
        DataColumn(
            competition=competition,
            position=position,
            name=name,
            role=(role := role_of(bundle, name)),
            kind=DataColumn.Kind.NUMBER if pd.api.types.is_numeric_dtype(rows[name]) else DataColumn.Kind.TEXT,
            demographic=name in demographic,
            missing_share=float(rows[name].isna().mean()),
            summary={"distinct": rows[name].nunique()} if role in UNQUOTED else summarise(rows[name]),
        )
        for position, name in enumerate(names)
    ]


def role_of(bundle: Bundle, name: str) -> DataColumn.Role:
    """What a column is for. A feature may be a prediction or a weight besides; the competition names those."""
    draft, role = bundle.draft, DataColumn.Role
    roles: dict[str | None, DataColumn.Role] = {
        **dict.fromkeys(draft.prediction_columns, role.PREDICTION),
        draft.row_weight: role.WEIGHT,
        **dict.fromkeys(bundle.features, role.FEATURE),
        draft.unit: role.UNIT,
        draft.id: role.ID,
        draft.label: role.LABEL,
    }
    return roles.get(name, role.OTHER)


def summarise(column: "pd.Series[Any]") -> dict[str, Any]:
    """A histogram of numbers, the most frequent values of text, or the lengths of prose."""
    present = column.dropna()
    distinct = {"distinct": int(present.nunique())}
    if pd.api.types.is_numeric_dtype(column):
        return distinct | _spread(present.to_numpy(np.float64))
    if len(present) and (present.str.len().max() > LONGEST_VALUE or 2 * distinct["distinct"] > len(present)):
        return distinct | {"lengths": _spread(np.asarray(present.str.len(), dtype=np.float64))}
    counts = present.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    shown = counts.head(SHOWN_VALUES)
    values = [{"value": str(value), "count": int(count)} for value, count in shown.items()]
    return distinct | {"values": values, "other": int(counts.sum() - shown.sum())}


def _spread(values: Floats) -> dict[str, Any]:
    if not values.size:
        return {}
    counts, edges = np.histogram(values, bins=min(BINS, max(1, len(np.unique(values)))))
    return {
        "counts": counts.tolist(),
        "edges": edges.tolist(),
        "min": float(values.min()),
        "median": float(np.median(values)),
        "mean": float(values.mean()),
        "max": float(values.max()),
    }
