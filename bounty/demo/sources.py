"""Source that the entrant who trains sends: gradient boosting on all public training rows, whatever the columns."""

from typing import Final

_TABLE: Final = '''\
import numpy as np
import pandas as pd
from sklearn.ensemble import {estimator}

MOST = 200  # histogram boosting takes at most 255 categories a column


def frequent(column):
    """A text column's most frequent values; None for a column of numbers."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return None
    counts = column.value_counts()
    return sorted(counts.index[counts > 0][:MOST])


def prepare(X, known):
    columns = {{}}
    for name, values in known.items():
        columns[name] = X[name] if values is None else pd.Categorical(X[name].astype(object), categories=values)
    return pd.DataFrame(columns, index=X.index)


def fit(X, y):
    known = {{name: frequent(X[name]) for name in X.columns}}
    known = {{name: values for name, values in known.items() if values is None or 1 < len(values)}}
    model = {estimator}(random_state=0, categorical_features="from_dtype")
    return known, model.fit(prepare(X, known), y)


def predict(model, X):
    known, boosting = model
    return boosting.predict(prepare(X, known))
'''

_WORDS: Final = """\
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import {estimator}

TEXTS = {texts!r}


def joined(X):
    parts = [X[name].astype(object).fillna("").astype(str) for name in TEXTS]
    return [" ".join(row) for row in zip(*parts)]


def fit(X, y):
    words = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=2, sublinear_tf=True)
    return words, {estimator}().fit(words.fit_transform(joined(X)), y)


def predict(model, X):
    words, linear = model
    return linear.predict(words.transform(joined(X)))
"""


def patch_source(*, regression: bool, texts: list[str]) -> str:
    """``fit`` and ``predict`` for the task: on words where rows are free text, else gradient boosting on the table."""
    if texts:
        return _WORDS.format(estimator="Ridge" if regression else "LogisticRegression", texts=texts)
    kind = "Regressor" if regression else "Classifier"
    return _TABLE.format(estimator=f"HistGradientBoosting{kind}")
