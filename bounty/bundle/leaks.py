"""A feature that gives the label away.

A model of that one column, fitted on train, answers the other splits: a full-grown tree on a number, the most frequent
label (or the mean) of each value of text. It gives the label away when it removes 99 % of the errors, or of the squared
error, that the best constant makes there, on enough rows that chance cannot. Noise removes none; a good feature some.
The column is tried twice: with missing as a value of its own, and on the rows where it is there.
"""

from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from bounty.bundle.labels import TRAIN
from bounty.bundle.reading import Bundle
from scoring.losses import Task
from scoring.types import Floats

LEFT_OVER: Final = 0.01  # of the best constant's error
ENOUGH: Final = 12  # wrong answers of the best constant: removing them all by chance has odds below 1 in 2.7 million
MAX_ROWS: Final = 20_000  # on either side; a leak shows on fewer
SAME_TEXT: Final = 0.99


def check(bundle: Bundle) -> None:
    """Note each feature that gives the label away, and each column of predictions that is the label."""
    label = bundle.draft.label
    if label is None or TRAIN not in bundle.readable or len(bundle.readable) < 2 or bundle.draft.task is None:
        return
    train, rest = _both_sides(bundle)
    if label not in train or label not in rest:
        return
    train, rest = _thin(train, label), _thin(rest, label)
    if train.empty or rest.empty:
        return
    for name in bundle.features:
        if name in train and name in rest and name != label and _gives_away(bundle, train, rest, name, label):
            sentence = "The feature gives the label away: it alone tells the other splits' labels. Leave it out."
            bundle.frames[TRAIN].refuse("FEATURE_IS_LABEL", sentence, column=name)
    for name in dict.fromkeys(bundle.draft.prediction_columns):
        if name in rest and name != label and len(rest) >= 2 * ENOUGH and _share_equal(rest[name], rest[label]) == 1:
            sentence = "The predictions are the labels themselves."
            bundle.frames[TRAIN].refuse("PREDICTION_IS_LABEL", sentence, column=name)


def _both_sides(bundle: Bundle) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train, and the rows of all other splits, in the columns that all have in one type."""
    train, *others = [bundle.frames[TRAIN].rows, *(f.rows for s, f in bundle.readable.items() if s != TRAIN)]
    names = [name for name in train if all(name in rows and rows[name].dtype == train[name].dtype for rows in others)]
    return train[names], pd.concat([rows[names] for rows in others], ignore_index=True)


def _share_equal(first: "pd.Series[Any]", second: "pd.Series[Any]") -> float:
    return float((first.astype(object) == second.astype(object)).mean())


def _thin(rows: pd.DataFrame, label: str) -> pd.DataFrame:
    labelled = rows[~rows[label].isin([np.nan, np.inf, -np.inf])]
    return labelled.iloc[:: len(labelled) // MAX_ROWS + 1]


def _is_number(column: "pd.Series[Any]") -> bool:
    return column.dtype.kind in "if"


def _gives_away(bundle: Bundle, train: pd.DataFrame, rest: pd.DataFrame, name: str, label: str) -> bool:
    task = bundle.draft.task
    if task is Task.TRANSCRIPTION:
        return _share_equal(rest[name], rest[label]) >= SAME_TEXT
    real = task is Task.REGRESSION
    if real and not _is_number(train[label]):
        return False
    both = pd.concat([train[label], rest[label]])
    codes = both.to_numpy(np.float64) if real else pd.factorize(both)[0].astype(np.float64)
    fitted, known = codes[: len(train)], codes[len(train) :]
    given, asked = _as_number(train[name]), _as_number(rest[name])
    there, seen = given.notna().to_numpy(), asked.notna().to_numpy()
    return _removes(given, fitted, asked, known, real=real) or (
        not (there.all() and seen.all())
        and bool(there.any() and seen.any())
        and _removes(given[there], fitted[there], asked[seen], known[seen], real=real)
    )


def _as_number(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Numbers written as text are numbers."""
    if _is_number(column) or pd.to_numeric(column.dropna().head(20), errors="coerce").hasnans:
        return column
    numbers = pd.to_numeric(column, errors="coerce")
    return column if numbers.isna().sum() > column.isna().sum() else numbers.astype(np.float64)


def _removes(
    fitted_on: "pd.Series[Any]", labels: Floats, asked: "pd.Series[Any]", known: Floats, *, real: bool
) -> bool:
    """Whether the column's own model leaves at most 1 % of the best constant's error on ``asked``."""
    if _is_number(fitted_on) and _is_number(asked):
        answers = _ask_tree(fitted_on, labels, asked, real=real)
        answered = np.ones(len(known), dtype=bool)
    else:
        answers = _ask_values(fitted_on, labels, asked, real=real)
        answered = ~np.isnan(answers)
    answers, known = answers[answered], known[answered]
    if not known.size:
        return False
    if real:
        spread = float(((known - known.mean()) ** 2).sum())
        rows_that_differ = int((known != known[0]).sum())
        return rows_that_differ >= ENOUGH and float(((known - answers) ** 2).sum()) <= LEFT_OVER * spread
    by_constant = int((known != _most_frequent(known)).sum())
    return by_constant >= ENOUGH and int((known != answers).sum()) <= LEFT_OVER * by_constant


def _ask_tree(fitted_on: "pd.Series[Any]", labels: Floats, asked: "pd.Series[Any]", *, real: bool) -> Floats:
    tree = DecisionTreeRegressor(random_state=0) if real else DecisionTreeClassifier(random_state=0)
    tree.fit(_matrix(fitted_on), labels)
    return np.asarray(tree.predict(_matrix(asked)), dtype=np.float64)


def _matrix(column: "pd.Series[Any]") -> Floats:
    """(n, 1), bounded to what a tree's 32-bit thresholds can hold; missing stays missing."""
    return np.asarray(np.clip(column.to_numpy(np.float64), -1e38, 1e38)).reshape(-1, 1)


def _ask_values(fitted_on: "pd.Series[Any]", labels: Floats, asked: "pd.Series[Any]", *, real: bool) -> Floats:
    """The answer for each value, NaN where train has no such value (or it stands on one row only)."""
    values = fitted_on.astype("str").fillna("")
    groups = pd.Series(labels, index=values.index).groupby(values)
    answer = groups.mean() if real else groups.agg(lambda group: _most_frequent(group.to_numpy()))
    return np.asarray(asked.astype("str").fillna("").map(answer[groups.size() > 1]), dtype=np.float64)


def _most_frequent(codes: Floats) -> float:
    values, counts = np.unique(codes, return_counts=True)
    return float(values[counts.argmax()])
