"""Labels, row weights and columns of predictions: there, of the right type, and within the public labels."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from bounty.bundle.frames import Frame
from bounty.bundle.reading import CLASSES, Bundle
from bounty.models import DataSplit
from scoring.losses import Task

MAX_CLASSES: Final = 100
SHOWN: Final = 40  # characters of a value
TRAIN: Final = DataSplit.Name.TRAIN.value


def check(bundle: Bundle) -> None:
    """Note what is wrong with labels, weights and predictions, split by split."""
    classes = known_classes(bundle)
    if classes is not None:
        _check_classes(bundle, classes)
    for split, frame in bundle.readable.items():
        labels = bundle.column(split, bundle.draft.label)
        if labels is not None:
            _check_values(bundle, frame, labels, part="LABEL", classes=classes)
        for name in dict.fromkeys(bundle.draft.prediction_columns):
            predictions = bundle.column(split, name)
            if predictions is not None and name != bundle.draft.label:
                _check_values(bundle, frame, predictions, part="PREDICTION", classes=classes)
        _check_weights(bundle, split, frame)


def classes_of(labels: "pd.Series[Any]") -> list[Any]:
    """The label values in the order of their codes."""
    return sorted(labels.dropna().unique().tolist())


def positive_of(value: str | int | None) -> str:
    """The positive label as it is stored: a truth value is 0 or 1, like its column."""
    return "" if value is None else str(int(value) if isinstance(value, bool) else value)


def known_classes(bundle: Bundle) -> list[Any] | None:
    """The classes of train, which every other row's label must be among; None where the task has none."""
    labels = bundle.column(TRAIN, bundle.draft.label)
    if bundle.draft.task not in CLASSES or labels is None or not is_classes(labels):
        return None
    return classes_of(labels)


def is_classes(values: "pd.Series[Any]") -> bool:
    """Whether the values can be classes: text or whole numbers."""
    if values.dtype.kind != "f":
        return True
    present = values.dropna().to_numpy()
    return bool(np.isfinite(present).all() and (present == np.round(present)).all())


def _check_classes(bundle: Bundle, classes: list[Any]) -> None:
    frame, draft = bundle.frames[TRAIN], bundle.draft
    name = str(draft.label)
    labels = frame.rows[name].dropna()
    shown = ", ".join(_show(value) for value in classes[:5]) + (" ..." if len(classes) > 5 else "")
    if len(classes) < 2:
        frame.refuse("ONE_CLASS", f"All rows of train have the same label: {shown or 'none'}.", column=name)
    elif draft.task in {Task.BINARY, Task.PROBABILITY} and len(classes) > 2:
        odd = sorted(classes, key=lambda value: -int((labels == value).sum()))[2:]
        rows = labels.index[labels.isin(odd)].tolist()
        sentence = f"A binary label has two values, this one {len(classes)}: {shown}"
        frame.refuse("NOT_BINARY", sentence, column=name, rows=rows)
    elif len(classes) > MAX_CLASSES:
        frame.refuse("TOO_MANY_CLASSES", f"There are {len(classes):,} labels; {MAX_CLASSES} are taken.", column=name)
    positive = positive_of(draft.positive_label)
    if positive and positive not in {str(int(c) if isinstance(c, float) else c) for c in classes}:
        bundle.refuse(
            ("positive_label",), "POSITIVE_LABEL_UNKNOWN", f"{_show(positive)} is not among train's labels: {shown}."
        )


def _check_values(
    bundle: Bundle, frame: Frame, values: "pd.Series[Any]", *, part: str, classes: list[Any] | None
) -> None:
    """A label or a prediction: never missing, and a class, a finite number or a text, as the task has it."""
    name, noun = str(values.name), part.lower()
    if missing := _rows(values.isna()):
        frame.refuse(f"{part}_MISSING", f"The {noun} is missing", column=name, rows=missing)
    present = values.dropna()
    task = bundle.draft.task
    if task is Task.REGRESSION:
        _check_real(bundle, frame, present, part=part)
    elif task is Task.PROBABILITY and part == "PREDICTION":
        _check_chances(frame, present)
    elif task is Task.TRANSCRIPTION and present.dtype.kind in "if":
        frame.refuse(f"{part}_TYPE", f"A {noun} must be text in a transcription.", column=name)
    elif task in CLASSES and not is_classes(present):
        rows = _rows(present % 1 != 0)
        frame.refuse(f"{part}_TYPE", f"A {noun} must be text or a whole number", column=name, rows=rows)
    elif classes:
        unknown = present[~present.isin(classes)]
        if len(unknown):
            odd = ", ".join(_show(value) for value in unknown.unique()[:3])
            sentence = f"The {noun} {odd} is not among train's labels"
            frame.refuse(f"{part}_UNKNOWN", sentence, column=name, rows=unknown.index.tolist())


def _check_real(bundle: Bundle, frame: Frame, present: "pd.Series[Any]", *, part: str) -> None:
    name, noun = str(present.name), part.lower()
    if present.dtype.kind not in "if":
        frame.refuse(f"{part}_TYPE", f"A {noun} must be a number in a regression.", column=name)
        return
    if infinite := _rows(np.isinf(present)):
        frame.refuse("NOT_FINITE", f"The {noun} is infinite", column=name, rows=infinite)
    if part != "LABEL":
        return
    if frame is bundle.frames.get(TRAIN) and present.nunique() < 2:
        frame.refuse("ONE_CLASS", "All rows of train have the same label.", column=name)
    if bundle.draft.label_range:
        low, high = bundle.draft.label_range
        if outside := _rows((present < low) | (present > high)):
            frame.refuse("LABEL_OUT_OF_RANGE", "The label lies outside label_range", column=name, rows=outside)


def _check_chances(frame: Frame, present: "pd.Series[Any]") -> None:
    """A column of predictions gives the chance of the positive label."""
    name = str(present.name)
    if present.dtype.kind not in "if":
        frame.refuse("PREDICTION_TYPE", "A prediction must be a chance, a number from 0 to 1.", column=name)
    elif outside := _rows(~((present >= 0) & (present <= 1))):
        frame.refuse("CHANCE_OUT_OF_RANGE", "A chance lies between 0 and 1", column=name, rows=outside)


def _check_weights(bundle: Bundle, split: str, frame: Frame) -> None:
    name = bundle.draft.row_weight
    weights = bundle.column(split, name)
    if weights is None or name is None:
        return
    if weights.dtype.kind not in "if":
        frame.refuse("WEIGHT_TYPE", "A row's weight must be a number.", column=name)
        return
    # Written so that a missing weight fails too.
    wrong = _rows(~((weights > 0) & (weights < np.inf)))
    if wrong:
        frame.refuse("WEIGHT_NOT_POSITIVE", "A row's weight must be above 0 and finite", column=name, rows=wrong)


def _rows(at_fault: "pd.Series[bool]") -> Sequence[int]:
    return list(at_fault.index[at_fault.to_numpy(dtype=bool)])


def _show(value: object) -> str:
    text = str(int(value) if isinstance(value, float) and value.is_integer() else value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."
