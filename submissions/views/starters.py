"""Source to begin from, written with the competition's own columns."""

from bounty.models import Competition, DataColumn
from scoring.losses import Task

_GROUP = '''def group(X):
    """True for each row of the group. X is a pandas DataFrame of the feature columns."""
    return {condition}
'''
_GROUP_BY_ROW = '''def group_row(row):
    """The same, one row at a time: row is a mapping from column to value."""
    return {condition}
'''
_FIT = '''from sklearn.compose import make_column_transformer
from sklearn.ensemble import {estimator}
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder


def fit(X, y):
    """A model of the public rows X (a pandas DataFrame) and their labels y."""
    text = [name for name in X if X[name].dtype.name in ("category", "object", "str")]
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    prepare = make_column_transformer((codes, text), remainder="passthrough")
    return make_pipeline(prepare, {estimator}(random_state=0)).fit(X, y)


def predict(model, X):
    """{what} for each row of X."""
    return {answer}
'''


def example_predicate(competition: Competition) -> str:
    """A predicate that the competition's columns allow: a common value of a demographic column, if there is one."""
    columns = list(competition.data_columns.filter(role=DataColumn.Role.FEATURE).order_by("-demographic", "position"))
    parts = [part for column in columns if (part := _test(column))]
    return " and ".join(parts[:2])


def group_sources(competition: Competition) -> tuple[str, str]:
    """The two forms that a Python group may take."""
    columns = list(competition.data_columns.filter(role=DataColumn.Role.FEATURE).order_by("-demographic", "position"))
    name, value = next(((c.name, v) for c in columns if (v := _python_value(c))), ("", ""))
    if not name:
        return _GROUP.format(condition="..."), _GROUP_BY_ROW.format(condition="...")
    vectorised, by_row = f"X[{name!r}] {value}", f"row[{name!r}] {value}"
    return _GROUP.format(condition=vectorised), _GROUP_BY_ROW.format(condition=by_row)


def patch_source(competition: Competition) -> str:
    kind = "Regressor" if competition.task == Task.REGRESSION else "Classifier"
    what, answer = "One label", "model.predict(X)"
    if competition.task == Task.PROBABILITY:
        positive = next(value for value in competition.classes if str(value) == competition.positive_label)
        what = f"The chance of the label {positive!r}, a number from 0 to 1,"
        answer = f"model.predict_proba(X)[:, list(model.classes_).index({positive!r})]"
    return _FIT.format(estimator=f"HistGradientBoosting{kind}", what=what, answer=answer)


def _test(column: DataColumn) -> str:
    if column.kind == DataColumn.Kind.NUMBER and "median" in column.summary:
        return f"{_name(column.name)} >= {column.summary['median']:g}"
    if values := column.summary.get("values"):
        value = values[-1 if len(values) < 3 else 1]["value"]
        return f"{_name(column.name)} == {_quoted(value)}"
    return ""


def _python_value(column: DataColumn) -> str:
    if column.kind == DataColumn.Kind.NUMBER and "median" in column.summary:
        return f">= {column.summary['median']:g}"
    values = column.summary.get("values")
    return f"== {values[0]['value']!r}" if values else ""


def _name(name: str) -> str:
    return name if name.isidentifier() else f'"{name}"'


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
