"""A bundle as read from its folder: the draft, the rows of each split, and every fault met on the way."""

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bounty.bundle import document, files, frames, manifest
from bounty.bundle.document import NAME, Document, Key
from bounty.bundle.faults import BundleFault
from bounty.bundle.frames import Frame
from bounty.bundle.manifest import Draft
from scoring.losses import Task

CLASSES = (Task.BINARY, Task.MULTICLASS, Task.PROBABILITY)  # tasks whose labels are classes


@dataclass
class Bundle:
    """What could be read, and what is wrong with the rest. Importing wants ``faults`` empty."""

    document: Document = field(default_factory=Document)
    draft: Draft = field(default_factory=Draft)
    frames: dict[str, Frame] = field(default_factory=dict)
    sha256: str = ""
    own_faults: list[BundleFault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[BundleFault]:
        """All faults, in the order of files and rows."""
        found = {*self.own_faults, *(fault for frame in self.frames.values() for fault in frame.faults)}
        return sorted(found, key=lambda fault: (fault.file != NAME, fault))

    def refuse(self, key: Key, code: str, sentence: str) -> None:
        """Note a fault of competition.yaml, at the line of ``key``."""
        name = ".".join(str(part) for part in key)
        self.own_faults.append(BundleFault(NAME, self.document.line(key), name, code, sentence))

    def doubts(self, section: str) -> bool:
        """Whether a key of that section was left out as faulty, so that what it says as a whole is not known."""
        return any(f.file == NAME and f.column.split(".")[0] == section for f in self.own_faults)

    @property
    def readable(self) -> dict[str, Frame]:
        """The splits that have rows."""
        return {split: frame for split, frame in self.frames.items() if len(frame.rows)}

    @property
    def names(self) -> list[str]:
        """The columns, as the first readable split (train, in order) has them."""
        return next((list(frame.rows.columns) for frame in self.readable.values()), [])

    def column(self, split: str, name: str | None) -> "pd.Series[Any] | None":
        """A column of a split, None where either is not there."""
        frame = self.readable.get(split)
        return frame.rows[name] if frame is not None and name is not None and name in frame.rows else None

    @property
    def features(self) -> tuple[str, ...]:
        """The columns entrants' code is given, in their order; never label, id or unit."""
        draft = self.draft
        if draft.columns.features != "all":
            return tuple(name for name in draft.columns.features if name in self.names)
        kept_back = {draft.label, draft.id, draft.unit, draft.row_weight, *draft.prediction_columns}
        return tuple(name for name in self.names if name not in kept_back)

    def like(self, name: str) -> str:
        """A hint at the column that may have been meant."""
        close = difflib.get_close_matches(name, self.names, n=1)
        return f" Did you mean {close[0]}?" if close else ""


def read(folder: Path) -> Bundle:
    """Read competition.yaml and every split that it names, without trust."""
    bundle = Bundle()
    try:
        data = files.read_file(folder, NAME, limit=document.MAX_BYTES + 1)
    except files.Unreadable as error:
        bundle.refuse((), error.code, error.sentence)
        return bundle
    except OSError:
        bundle.refuse((), "BUNDLE_MISSING", f"{folder} is not a folder that can be read.")
        return bundle
    bundle.document, bundle.own_faults = document.read(data)
    if not bundle.document.values:
        return bundle
    bundle.draft, faults = manifest.read(bundle.document)
    bundle.own_faults += faults
    splits = files.read_splits(folder, bundle.draft.splits)
    bundle.own_faults += splits.faults
    bundle.sha256 = files.digest_of(data, splits)
    as_text = frozenset(name for name in (bundle.draft.id, bundle.draft.unit) if name)
    for split in list(splits.data):
        bundle.frames[split] = frames.read(splits.names[split], splits.data.pop(split), as_text=as_text)
    _align(bundle)
    return bundle


def _align(bundle: Bundle) -> None:
    """Give a column one dtype in all splits, and class labels whole numbers, however each file was written."""
    frames_read = list(bundle.readable.values())
    for name in bundle.names:
        frames_with = [frame for frame in frames_read if name in frame.rows]
        columns = [frame.rows[name] for frame in frames_with if frame.types[name] != frames.EMPTY]
        kinds = {column.dtype.kind for column in columns}
        real = "f" in kinds or len(columns) < len(frames_with)  # an empty column of a CSV is of its sisters' type
        if real and kinds and kinds <= {"i", "f"}:
            is_class = name == bundle.draft.label and bundle.draft.task in CLASSES
            whole = is_class and all(_is_whole(column) for column in columns)
            for frame in frames_with:
                frame.rows[name] = _cast(frame.rows[name], whole=whole)


def _is_whole(column: "pd.Series[Any]") -> bool:
    present = column.dropna().to_numpy(np.float64)
    return bool(np.isfinite(present).all() and (present == np.round(present)).all() and (abs(present) < 2**53).all())


def _cast(column: "pd.Series[Any]", *, whole: bool) -> "pd.Series[Any]":
    if whole and not column.hasnans:
        return column.astype(np.int64)
    return column.astype(np.float64)
