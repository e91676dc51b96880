"""An entrant's folder, or an organiser's bundle: the public rows in it as the server has them.

The folder holds ``train`` and, if the competition has it, ``validation``, as Parquet or CSV, under these names or as
they are downloaded (``SLUG-train.parquet``); and ``competition.yaml``, downloaded too, which says what the columns are.
Parquet is what the server itself reads. In a CSV a column of numbers is told from text as at an organiser's import,
unless competition.yaml names it among ``columns.text``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import yaml

from scoring.losses import OF_NUMBERS, Task
from scoring.sandbox.lowered import faults
from scoring.tables import Column, Table, TextColumn, encode, encode_column

TRAIN, VALIDATION = "train", "validation"
TERMS: Final = "competition.yaml"
FORMS: Final = ("parquet", "csv")
KEPT_BACK: Final = ("label", "id", "unit", "row_weight")  # keys of competition.yaml that name columns
# As at import (bounty.bundle.frames), which a test compares: a leading zero means a code, not a number.
MISSING_NUMBERS: Final = ("", "NA", "NaN", "nan")
NUMBER: Final = r"^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$"
WHOLE: Final = r"^[+-]?(?:0|[1-9]\d{0,17})$"
Terms = Mapping[str, Any]


@dataclass(frozen=True)
class PublicRows:
    """Features of train then validation; train's alone, and its labels where they are known; the limits in force."""

    table: Table
    train: Table
    labels: Column | None
    real: bool
    chances: bool  # whether these numbers must lie between 0 and 1
    lowered: Mapping[str, Mapping[str, int]]

    @property
    def n_classes(self) -> int:
        """How many label values train has; 0 where they are real numbers, or not known."""
        if self.real or self.labels is None:
            return 0
        return (
            len(self.labels.categories) if isinstance(self.labels, TextColumn) else len(np.unique(self.labels.values))
        )


def read_public_rows(folder: Path) -> PublicRows:
    """The public splits and competition.yaml of a folder. Raises ValueError with one plain sentence."""
    if not folder.is_dir():
        raise ValueError(f"{folder} is {'a file, not a folder' if folder.exists() else 'not there'}")
    terms = _read_terms(folder)
    train = _read_split(folder, TRAIN, terms)
    if train is None:
        raise ValueError(f"{folder} holds neither train.parquet nor train.csv; it holds {_contents(folder)}")
    validation = _read_split(folder, VALIDATION, terms)
    rows = train if validation is None else pd.concat([train, validation], ignore_index=True)
    features = _features(terms, rows)
    table = encode(rows, features)
    label = terms.get("label")
    if label is not None and label not in train:
        raise ValueError(f"{TERMS} says that the label is {label}, and train has no such column")
    return PublicRows(
        table=table,
        train=table.take(np.arange(len(train))),
        labels=None if label is None else encode_column(label, pd.Series(train[label])),
        real=terms.get("task") in OF_NUMBERS,
        chances=terms.get("task") == Task.PROBABILITY,
        lowered=_limits(terms),
    )


def _contents(folder: Path) -> str:
    names = sorted(entry.name for entry in folder.iterdir())
    return ", ".join(names[:8]) + (" and more" if len(names) > 8 else "") if names else "nothing"


def _read_terms(folder: Path) -> Terms:
    found = _one_of(folder, TERMS, f"*-{TERMS}")
    if found is None:
        return {}
    try:
        terms = yaml.safe_load(found.read_bytes())
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ValueError(f"{found} cannot be read as YAML") from error
    if not isinstance(terms, dict) or not all(isinstance(terms.get(key, ""), str) for key in ("label", "task")):
        raise ValueError(f"{found} does not describe a competition")
    return terms


def _one_of(folder: Path, name: str, pattern: str) -> Path | None:
    """The file of that name, or the only one of that pattern."""
    if (folder / name).is_file():
        return folder / name
    found = sorted(folder.glob(pattern))
    if len(found) > 1:
        raise ValueError(f"{folder} holds {found[0].name} and {found[1].name}; keep one competition in a folder")
    return found[0] if found else None


def _read_split(folder: Path, split: str, terms: Terms) -> pd.DataFrame | None:
    """The file that a bundle names for the split, or the one that lies there."""
    named = _section(terms, "splits").get(split)
    if isinstance(named, str) and (folder / named).is_file():
        return _read(folder / named, terms)
    for form in FORMS:
        found = _one_of(folder, f"{split}.{form}", f"*-{split}.{form}")
        if found is not None:
            return _read(found, terms)
    return None


def _read(path: Path, terms: Terms) -> pd.DataFrame:
    try:
        rows = pd.read_parquet(path) if path.suffix == ".parquet" else _read_csv(path, terms)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read: {str(error).splitlines()[0]}") from error
    if rows.empty:
        raise ValueError(f"{path} has no rows")
    return rows


def _read_csv(path: Path, terms: Terms) -> pd.DataFrame:
    cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    text = {*_section(terms, "columns").get("text", ()), terms.get("id"), terms.get("unit")}
    return pd.DataFrame({name: _infer(cells[name], text=name in text) for name in cells.columns})


def _infer(cells: "pd.Series[str]", *, text: bool) -> "pd.Series[Any]":
    """A column as the one kind that all its cells fit: whole numbers, numbers, or text; missing where it is empty."""
    present = cells[~cells.isin(MISSING_NUMBERS)]
    if not text and len(present) and present.str.match(NUMBER).all():
        whole = len(present) == len(cells) and present.str.match(WHOLE).all()
        return cells.astype(np.int64) if whole else present.astype(np.float64).reindex(cells.index)
    return cells.where(cells != "", None)


def _features(terms: Terms, rows: pd.DataFrame) -> tuple[str, ...]:
    """As at import: the columns that are named, or all but label, id, unit, weight and predictions."""
    named = _section(terms, "columns").get("features", "all")
    if named != "all":
        if missing := [name for name in named if name not in rows]:
            raise ValueError(f"{TERMS} names the feature {missing[0]}, and the rows have no such column")
        return tuple(named)
    model = _section(terms, "model")
    kept_back = {terms.get(key) for key in KEPT_BACK} | {model.get("column"), *model.get("candidates", [])}
    return tuple(str(name) for name in rows.columns if name not in kept_back)


def _limits(terms: Terms) -> Mapping[str, Mapping[str, int]]:
    given = _section(terms, "rules").get("limits", {})
    for _, sentence in faults(given):
        raise ValueError(f"of {TERMS}'s limits, {sentence}")
    lowered: Mapping[str, Mapping[str, int]] = given
    return lowered


def _section(terms: Terms, key: str) -> Mapping[str, Any]:
    found = terms.get(key) or {}
    if not isinstance(found, dict):
        raise ValueError(f"{key} of {TERMS} must be keys and values")
    return found
