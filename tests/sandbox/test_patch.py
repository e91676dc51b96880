"""A patch's source in the box: fitted on public rows, asked for others, in the platform's codes."""

import numpy as np
import pytest

from scoring.sandbox import Box, SandboxVerdict, run_patch, run_patch_hidden
from scoring.tables import NumberColumn, Table, TextColumn

V = SandboxVerdict
TREE = b"""
from sklearn.tree import DecisionTreeClassifier
def fit(X, y):
    return DecisionTreeClassifier().fit(X[['age']], y)
def predict(model, X):
    return model.predict(X[['age']])
"""
MEAN = b"""
def fit(X, y):
    return y.mean(), X['age'].mean()
def predict(model, X):
    return model[0] + (X['age'] - model[1])
"""


def is_old(people: Table) -> np.ndarray:
    return (people["age"].values > 64).astype(np.int32)


def labels(people: Table, form: str) -> NumberColumn | TextColumn:
    codes = is_old(people)
    return {
        "zero and one": NumberColumn("y", codes.astype(np.int64)),
        "other whole numbers": NumberColumn("y", codes.astype(np.int64) * 3 + 2),
        "text": TextColumn("y", codes, ("no", "yes")),
    }[form]


@pytest.mark.parametrize("form", ["zero and one", "other whole numbers", "text"])
def test_answers_come_back_as_class_codes(box: Box, people: Table, form: str) -> None:
    given = {"kind": "classes", "n_classes": 2, "seed": 1}
    aloud = run_patch(box, TREE, people, labels(people, form), people, hidden=False, **given)
    silent = run_patch_hidden(box, TREE, people, labels(people, form), people, **given)
    assert (aloud.verdict, aloud.message) == (V.OK, "")
    assert aloud.answers.dtype == np.int32
    np.testing.assert_array_equal(aloud.answers, is_old(people))
    np.testing.assert_array_equal(silent.answers, is_old(people))


SCORES = "np.column_stack([(a < 40), (a >= 40) & (a < 65), (a >= 65)]) * 0.5 + 0.1"
WAYS = {
    "one of three labels": ("np.array(['child', 'grown', 'old'])[np.digitize(a, [40, 65])]", ("child", "grown", "old")),
    "one of three numbers": ("np.array([1, 2, 5])[np.digitize(a, [40, 65])]", (1, 2, 5)),
    "a score for each class": (SCORES, ("child", "grown", "old")),
    "a probability for each of two": ("np.column_stack([a <= 64, a > 64]) * 1.0", ("no", "yes")),
    "the probability of the second": ("1 / (1 + np.exp(64.5 - a))", ("no", "yes")),
    "the probability of one": ("1 / (1 + np.exp(64.5 - a))", (0, 1)),
}


@pytest.mark.parametrize("way", WAYS)
def test_labels_and_probabilities_come_back_as_the_codes_of_classes(box: Box, people: Table, way: str) -> None:
    answer, classes = WAYS[way]
    source = "import numpy as np\ndef fit(X, y):\n    pass\n"
    source += f"def predict(model, X):\n    a = X['age'].to_numpy()\n    return {answer}\n"
    codes = np.digitize(people["age"].values, [40, 65] if len(classes) == 3 else [64.5]).astype(np.int32)
    y = TextColumn("y", codes, classes) if isinstance(classes[0], str) else NumberColumn("y", np.array(classes)[codes])
    run = run_patch_hidden(box, source.encode(), people, y, people, kind="classes", n_classes=len(classes), seed=1)
    assert run.verdict == V.OK
    np.testing.assert_array_equal(run.answers, codes)


def test_real_answers_come_back_as_numbers(box: Box, people: Table) -> None:
    y = NumberColumn("y", people["age"].values.astype(np.float64) * 2)
    run = run_patch_hidden(box, MEAN, people, y, people, kind="real", seed=1)
    assert run.verdict == V.OK
    expected = y.values.mean() + people["age"].values - people["age"].values.mean()
    np.testing.assert_allclose(run.answers, expected)


def test_rows_to_answer_for_need_not_be_those_it_was_fitted_on(box: Box, people: Table) -> None:
    some, others = people.take(np.arange(700)), people.take(np.arange(700, 1000))
    y = TextColumn("y", is_old(people)[:700], ("no", "yes"))
    run = run_patch_hidden(box, TREE, some, y, others, kind="classes", n_classes=2, seed=1)
    np.testing.assert_array_equal(run.answers, is_old(people)[700:])


@pytest.mark.parametrize(
    ("predict", "verdict", "said"),
    [
        ("['maybe'] * len(X)", V.INVALID_OUTPUT, "predict returned 'maybe' for row 0, which is not one of the labels"),
        ("[None] * len(X)", V.INVALID_OUTPUT, "predict returned 'None' for row 0, which is not one of the labels"),
        (
            "X[['age', 'age', 'age']].to_numpy()",
            V.INVALID_OUTPUT,
            "predict returned values of type int64, 1000 by 3, for "
            "1000 rows; scores are numbers, one for each of the 2 classes",
        ),
        (
            "X['age'] * 0 + 1.5",
            V.INVALID_OUTPUT,
            "predict returned 1.5 for row 0: a label, or a probability from 0 to 1, is wanted",
        ),
        ("['no'] * 3", V.INVALID_OUTPUT, "predict returned 3 values for 1000 rows"),
        ("X.nothing", V.RUNTIME_ERROR, "AttributeError: 'DataFrame' object has no attribute 'nothing'"),
        ("['no'] * len(X)", V.OK, ""),
    ],
)
def test_each_mistake_has_its_verdict_and_its_words(
    box: Box, people: Table, predict: str, verdict: SandboxVerdict, said: str
) -> None:
    source = f"def fit(X, y):\n    pass\ndef predict(model, X):\n    return {predict}\n".encode()
    run = run_patch(
        box, source, people, labels(people, "text"), people, kind="classes", n_classes=2, seed=1, hidden=False
    )
    assert (run.verdict, run.message) == (verdict, said)


def test_numbers_must_be_finite(box: Box, people: Table) -> None:
    y = NumberColumn("y", people["age"].values)
    source = b"def fit(X, y):\n    pass\ndef predict(model, X):\n    return X['age'] / %s\n"
    given = {"kind": "real", "seed": 1, "hidden": False}
    assert run_patch(box, source % b"0", people, y, people, **given).verdict == V.INVALID_OUTPUT
    assert run_patch(box, source % b"2", people, y, people, **given).verdict == V.OK


def test_a_patch_needs_both_functions(box: Box, people: Table) -> None:
    given = {"kind": "classes", "n_classes": 2, "seed": 1, "hidden": False}
    run = run_patch(box, b"def fit(X, y):\n    pass", people, labels(people, "text"), people, **given)
    assert (run.verdict, run.message) == (V.MISSING_FUNCTION, "the source must define a function called predict")


@pytest.mark.parametrize(
    "fit",
    ["np.random.default_rng().random()", "os.urandom(8)[0]", "time.perf_counter_ns() % 1009"],
)
def test_a_patch_that_fits_differently_each_time_is_refused(box: Box, people: Table, fit: str) -> None:
    source = f"import os, time\nimport numpy as np\ndef fit(X, y):\n    return {fit}\n".encode()
    source += b"def predict(model, X):\n    return X['age'] * 0 + model\n"
    y = NumberColumn("y", people["age"].values)
    runs = [run_patch_hidden(box, source, people, y, people, kind="real", seed=1).verdict for _ in range(3)]
    assert V.NOT_ROWWISE in runs


def test_global_generators_start_from_the_seed_so_that_a_refit_repeats(box: Box, people: Table) -> None:
    source = b"import random\nimport numpy as np\ndef fit(X, y):\n    return np.random.random() + random.random()\n"
    source += b"def predict(model, X):\n    return X['age'] * 0 + model + len({'a', 'b'} - {hash('a') % 7})\n"
    y = NumberColumn("y", people["age"].values)
    runs = [run_patch_hidden(box, source, people, y, people, kind="real", seed=seed) for seed in (1, 1, 2)]
    assert [run.verdict for run in runs] == [V.OK] * 3
    np.testing.assert_array_equal(runs[0].answers, runs[1].answers)
    assert (runs[0].answers != runs[2].answers).all()


def test_a_patch_that_looks_at_other_hidden_rows_is_not_rowwise(box: Box, people: Table) -> None:
    source = b"def fit(X, y):\n    pass\ndef predict(model, X):\n    return X['age'] - X['age'].mean()\n"
    y = NumberColumn("y", people["age"].values)
    assert run_patch_hidden(box, source, people, y, people, kind="real", seed=1).verdict == V.NOT_ROWWISE


def test_labels_must_be_as_many_as_the_public_rows(box: Box, people: Table) -> None:
    y = TextColumn("y", is_old(people)[:10], ("no", "yes"))
    with pytest.raises(ValueError, match="10 labels for 1000 rows"):
        run_patch(box, TREE, people, y, people, kind="classes", n_classes=2, seed=1, hidden=False)
