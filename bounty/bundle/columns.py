"""Which columns are there: the same in every split, of the same type, and those that competition.yaml names."""

from collections.abc import Iterator

import numpy as np

from bounty.bundle.document import Key
from bounty.bundle.frames import EMPTY, Frame
from bounty.bundle.reading import Bundle


def check(bundle: Bundle) -> None:
    """Compare the splits with the first, and competition.yaml with the columns."""
    readable = list(bundle.readable.values())
    if not readable:
        return
    first, *others = readable
    for frame in others:
        _compare(bundle, first, frame)
    for key, name in _named(bundle):
        if name not in bundle.names:
            sentence = f"The column {name} is not in {first.file}.{bundle.like(name)}"
            bundle.refuse(key, "COLUMN_MISSING", sentence)
    if not bundle.features and not bundle.doubts("columns"):
        bundle.refuse(("columns", "features"), "NO_FEATURES", "There must be a feature at least.")
    for frame in readable:
        _check_finite(bundle, frame)


def _compare(bundle: Bundle, first: Frame, frame: Frame) -> None:
    here, there = set(frame.rows.columns), set(first.rows.columns)
    for name in sorted(there - here):
        frame.refuse("COLUMN_MISSING", f"The column is missing; {first.file} has it.", column=name)
    for name in sorted(here - there):
        frame.refuse("COLUMN_EXTRA", f"{first.file} has no such column.", column=name)
    for name in sorted(here & there):
        kind, expected = _types(bundle, name, frame, first)
        if EMPTY not in (kind, expected) and kind != expected:
            sentence = f"The column is {kind} here and {expected} in {first.file}."
            frame.refuse("COLUMN_TYPE_DIFFERS", sentence, column=name)


def _types(bundle: Bundle, name: str, frame: Frame, first: Frame) -> tuple[str, str]:
    """The two types as the files have them; where one is a CSV, which has no types, only numbers or text."""
    if frame.is_csv == first.is_csv:
        return frame.types[name], first.types[name]
    if name in (bundle.draft.id, bundle.draft.unit):  # always text in a CSV; they are compared as text anyway
        return "", ""
    return frame.plain_type(name), first.plain_type(name)


def _named(bundle: Bundle) -> Iterator[tuple[Key, str]]:
    """Every column that competition.yaml names, with the key that names it."""
    draft = bundle.draft
    for part in ("label", "id", "unit", "row_weight"):
        if (name := getattr(draft, part)) is not None:
            yield (part,), name
    if draft.columns.features != "all":
        yield from ((("columns", "features", i), name) for i, name in enumerate(draft.columns.features))
    yield from ((("columns", "demographic", i), name) for i, name in enumerate(draft.columns.demographic))
    if draft.rules.false_rejections is not None:
        yield ("rules", "false_rejections", "between"), draft.rules.false_rejections.between
    for i, name in enumerate(draft.prediction_columns):
        yield (("model", "candidates", i - 1) if i else ("model", "column")), name


def _check_finite(bundle: Bundle, frame: Frame) -> None:
    for name in bundle.features:
        if name in frame.rows and frame.rows[name].dtype.kind == "f":
            infinite = np.flatnonzero(np.isinf(frame.rows[name].to_numpy()))
            if infinite.size:
                frame.refuse("NOT_FINITE", "The column holds infinity", column=name, rows=infinite.tolist())
