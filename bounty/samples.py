"""From rows as they are stored to what the scoring library takes; the same for public and for hidden rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bounty.models import Competition
from scoring.losses import Loss, Sample, Task
from scoring.types import Answers, Codes, Floats
from scoring.word_errors import word_error_losses


def sample_of(competition: Competition, rows: pd.DataFrame) -> Sample:
    """Labels, weights, units and, in transcription, the loss of each system on each row.

    Where answers are chances, the label is 1.0 on rows of the positive class and 0.0 on all others.
    """
    weights = rows[competition.row_weight].to_numpy(np.float64) if competition.row_weight else None
    units = pd.factorize(rows[competition.unit])[0].astype(np.int32) if competition.unit else None
    return Sample(
        loss=Loss(competition.loss),
        labels=labels_of(competition, rows),
        weights=weights,
        units=units,
        candidate_losses=_candidate_losses(competition, rows),
        positive=_positive(competition),
        value_range=_value_range(competition),
    )


def labels_of(competition: Competition, rows: pd.DataFrame) -> Answers:
    """Class indexes, real values, or zeros where answers are columns and have no right value."""
    if competition.task == Task.TRANSCRIPTION:
        return np.zeros(len(rows), dtype=np.int32)
    if competition.task == Task.PROBABILITY:
        return np.asarray(
            class_codes(competition.classes, rows[competition.label]) == _class_of(competition), np.float64
        )
    return _answers(competition, rows[competition.label])


def candidates_of(competition: Competition, rows: pd.DataFrame) -> Mapping[str, Answers]:
    """The answers of each column that a patch may route to."""
    names = competition.candidate_columns
    return {name: _column_answers(competition, rows, name, index) for index, name in enumerate(names, start=1)}


def hosted_column_of(competition: Competition, rows: pd.DataFrame) -> Answers:
    """The answers of the hosted column of predictions."""
    return _column_answers(competition, rows, competition.model_column, 0)


def class_codes(classes: list[Any], values: "pd.Series[Any]") -> Codes:
    """The index of each value in ``classes``; -1 where it is none of them or missing."""
    return np.asarray(pd.Index(classes).get_indexer(pd.Index(values)), dtype=np.int32)


def readable_answers(competition: Competition, answers: Answers) -> list[Any]:
    """Answers as people read them: labels, numbers, or the name of the column whose answer it is."""
    if competition.task in {Task.REGRESSION, Task.PROBABILITY}:
        return [float(value) for value in answers]
    if competition.task == Task.TRANSCRIPTION:
        names = [competition.model_column, *competition.candidate_columns]
        return [names[code] for code in answers]
    return [competition.classes[code] if code >= 0 else None for code in answers]


def _column_answers(competition: Competition, rows: pd.DataFrame, name: str, index: int) -> Answers:
    if competition.task == Task.TRANSCRIPTION:
        return np.full(len(rows), index, dtype=np.int32)
    return _answers(competition, rows[name])


def _answers(competition: Competition, values: "pd.Series[Any]") -> Answers:
    if competition.task in {Task.REGRESSION, Task.PROBABILITY}:
        return values.to_numpy(np.float64)
    return class_codes(competition.classes, values)


def _candidate_losses(competition: Competition, rows: pd.DataFrame) -> Floats | None:
    if competition.task != Task.TRANSCRIPTION:
        return None
    said = rows[competition.label].tolist()
    heard: list[NDArray[np.float64]] = [
        word_error_losses(said, rows[name].tolist())
        for name in [competition.model_column, *competition.candidate_columns]
    ]
    return np.stack(heard)


def _positive(competition: Competition) -> int | None:
    if not competition.positive_label:
        return None
    return 1 if competition.task == Task.PROBABILITY else _class_of(competition)


def _class_of(competition: Competition) -> int:
    """The index of the positive class."""
    return [str(value) for value in competition.classes].index(competition.positive_label)


def _value_range(competition: Competition) -> tuple[float, float] | None:
    if competition.task == Task.PROBABILITY:
        return 0.0, 1.0
    if competition.value_low is None or competition.value_high is None:
        return None
    if competition.largest_error is not None:  # only the width of the range enters a loss
        return competition.value_low, competition.value_low + competition.largest_error
    return competition.value_low, competition.value_high
