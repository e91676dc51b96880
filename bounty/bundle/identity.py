"""Ids name one row in the whole bundle; units belong to one split."""

from typing import Any

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
    """Each split against those before it; told of the later one."""
    owner: pd.Series[Any] = pd.Series(dtype="str")
    for split, frame in bundle.readable.items():
        column = bundle.column(split, name)
        if column is None or name is None:
            continue
        text = column.dropna().astype("str")
        others = text.map(owner).dropna()
        for other, rows in others.groupby(others):
            sentence = f"The {part.lower()} is in {bundle.frames[str(other)].file} as well"
            frame.refuse(f"{part}_SHARED", sentence, column=name, rows=rows.index.tolist())
        new = text.drop_duplicates()
        owner = pd.concat([owner, pd.Series(split, index=new[~new.isin(owner.index)].to_numpy(), dtype="str")])
