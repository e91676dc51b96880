"""Ids name one row in the whole bundle; units belong to one split."""

import numpy as np
import pandas as pd

from bounty.bundle.reading import Bundle


def check(bundle: Bundle) -> None:
    """Note missing and repeated ids, and ids or units that two splits share."""
    for split, frame in bundle.readable.items():
        for part, name in (("ID", bundle.draft.id), ("UNIT", bundle.draft.unit)):
            column = bundle.column(split, name)
            if column is not None and name is not None:
                missing = column.index[column.isna()].tolist()
                if missing:
                    frame.refuse(f"{part}_MISSING", f"The {part.lower()} is missing", column=name, rows=missing)
        _check_repeats(bundle, split)
    _check_shared(bundle, "ID", bundle.draft.id)
    _check_shared(bundle, "UNIT", bundle.draft.unit)


def _check_repeats(bundle: Bundle, split: str) -> None:
    column = bundle.column(split, bundle.draft.id)
    if column is None or bundle.draft.id is None:
        return
    repeated = column.index[column.duplicated() & column.notna()].tolist()
    if repeated:
        sentence = "The id has been given to an earlier row"
        bundle.frames[split].refuse("ID_TWICE", sentence, column=bundle.draft.id, rows=repeated)


def _check_shared(bundle: Bundle, part: str, name: str | None) -> None:
    """Every value belongs to the first split that has it; its rows in later ones are told of."""
    columns = {split: bundle.column(split, name) for split in bundle.readable}
    present = {split: column.dropna() for split, column in columns.items() if column is not None}
    if len(present) < 2 or name is None:
        return
    if len({column.dtype for column in present.values()}) > 1:  # a CSV keeps ids as text, Parquet may not
        present = {split: column.astype("str") for split, column in present.items()}
    splits = list(present)
    values, _ = pd.factorize(pd.concat(present.values(), ignore_index=True))
    places = np.repeat(np.arange(len(splits)), [len(column) for column in present.values()])
    owners = np.zeros(values.max(initial=0) + 1, dtype=np.int64)
    owners[values[::-1]] = places[::-1]  # backwards, so that the first to have a value is the last to be written
    rows = np.concatenate([column.index.to_numpy() for column in present.values()])
    for place, split in enumerate(splits):
        for other in range(place):
            shared = rows[(places == place) & (owners[values] == other)]
            if shared.size:
                sentence = f"The {part.lower()} is in {bundle.frames[splits[other]].file} as well"
                bundle.frames[split].refuse(f"{part}_SHARED", sentence, column=name, rows=shared.tolist())
