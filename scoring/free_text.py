"""Free text as numbers: columns whose values are too many to be categories become a few numbers each.

Words are weighed by how rare they are (tf-idf) and their co-occurrence condensed to at most 32 numbers (latent semantic
analysis, Deerwester et al. 1990). Learnt from the texts of training rows, never from labels.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from scoring.preprocessing import MIN_CATEGORY_ROWS
from scoring.tables import Column, NumberColumn, Table, TextColumn

NUMBERS: Final = 32  # of one column
MOST_WORDS: Final = 20_000
MOST_TEXTS: Final = 20_000  # that words are learnt from


@dataclass(frozen=True)
class FreeText:
    """What was learnt of each free-text column; other columns pass as they are."""

    learnt: dict[str, Any]

    def spread(self, table: Table) -> Table:
        """The table with each free-text column replaced by its numbers; missing text has zeros."""
        if not self.learnt:
            return table
        columns: list[Column] = []
        for column in table:
            is_free = isinstance(column, TextColumn) and column.name in self.learnt
            columns += _numbers(column, self.learnt[column.name]) if is_free else [column]
        return Table(tuple(columns), table.n_rows)


def learn_free_text(table: Table) -> FreeText:
    """Find the free-text columns of training rows, and learn their words.

    A column is free text where more than half of the rows that have it hold a value found on fewer than 20 rows, all
    of which would be pooled into one category.

    Example:
        >>> import pandas as pd
        >>> from scoring.tables import encode
        >>> said = [f"word{i % 7} word{i % 11} no{i}" for i in range(60)]
        >>> table = encode(pd.DataFrame({"said": said, "sex": ["F", "M"] * 30}), ("said", "sex"))
        >>> spread = learn_free_text(table).spread(table)
        >>> spread.names[0], spread.names[-1], spread["said~0"].values.shape
        ('said~0', 'sex', (60,))
    """
    learnt = {}
    for column in table:
        if isinstance(column, TextColumn) and _is_free(column):
            model = _learn(column)
            if model is not None:
                learnt[column.name] = model
    return FreeText(learnt)


def _is_free(column: TextColumn) -> bool:
    present = column.codes[column.codes >= 0]
    counts = np.bincount(present, minlength=len(column.categories))
    return bool(counts[counts < MIN_CATEGORY_ROWS].sum() > len(present) / 2)


def _learn(column: TextColumn) -> Any:
    used = np.unique(column.codes[column.codes >= 0])
    texts = [column.categories[code] for code in used[:: len(used) // MOST_TEXTS + 1]]
    words = TfidfVectorizer(max_features=MOST_WORDS, sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    try:
        known = words.fit_transform(texts)
    except ValueError:  # scikit-learn's way to say that there is no word in them
        return None
    if min(known.shape) < 2:
        return None
    condensed = TruncatedSVD(min(NUMBERS, min(known.shape) - 1), random_state=0)
    with threadpool_limits(1):
        condensed.fit(known)
    return make_pipeline(words, condensed)


def _numbers(column: Column, model: Any) -> list[Column]:
    assert isinstance(column, TextColumn)
    width = model.steps[-1][1].n_components
    values = np.zeros((len(column.categories) + 1, width))  # a missing text, of code -1, reads the last row
    used = np.unique(column.codes[column.codes >= 0])
    if len(used):
        with threadpool_limits(1):
            values[used] = model.transform([column.categories[code] for code in used])
    spread = values[column.codes]
    return [NumberColumn(f"{column.name}~{place}", np.ascontiguousarray(spread[:, place])) for place in range(width)]
