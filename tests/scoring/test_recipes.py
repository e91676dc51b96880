"""Recipes: what the allow-list takes and refuses, the fixed preprocessing, and the same answers every time."""

import json

import numpy as np
import pandas as pd
import pytest

from scoring.errors import OutOfRangeError, WrongLengthError
from scoring.estimators import ESTIMATORS
from scoring.losses import Task
from scoring.preprocessing import UnfitTableError
from scoring.recipes import Recipe, RecipeError, Trained, build_recipe, train
from scoring.tables import Table, encode
from scoring.types import Answers

TREE = "sklearn.tree.DecisionTreeClassifier"
LOGISTIC = "sklearn.linear_model.LogisticRegression"
FEATURES = ("age", "hours", "job", "sex")


def people(n: int = 400, seed: int = 3) -> tuple[Table, np.ndarray]:
    """Feature rows with missing values, and labels that depend on them."""
    dice = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": dice.integers(18, 80, n), "hours": dice.normal(40, 9, n)})
    frame.loc[dice.random(n) < 0.1, "hours"] = np.nan
    frame["job"] = dice.choice(["nurse", "driver", "clerk", None], n)
    frame["sex"] = dice.choice(["F", "M"], n)
    labels = (frame["age"] + 20 * (frame["job"] == "nurse") + dice.normal(0, 8, n) > 55).astype(np.int32)
    return encode(frame, FEATURES), labels.to_numpy()


def trained(estimator: str, table: Table, labels: Answers, **params: object) -> Trained:
    recipe = build_recipe(estimator, params)
    task = Task.REGRESSION if recipe.allowed.regression else Task.BINARY
    return train(
        recipe, table, labels.astype(np.float64) if recipe.allowed.regression else labels, task=task, n_classes=2
    )


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_listed_estimator_trains_on_missing_values_and_answers_alike_each_time(estimator: str) -> None:
    table, labels = people()
    other, _ = people(seed=4)
    first, again = trained(estimator, table, labels), trained(estimator, table, labels)
    answers = first.answers(other)
    assert answers.shape == (400,)
    assert answers.dtype == (np.float64 if ESTIMATORS[estimator].regression else np.int32)
    assert answers.tobytes() == again.answers(other).tobytes()


@pytest.mark.parametrize("estimator", [TREE, LOGISTIC, "sklearn.ensemble.HistGradientBoostingClassifier"])
def test_a_row_is_answered_alike_alone_and_in_any_order(estimator: str) -> None:
    table, labels = people()
    model = trained(estimator, table, labels)
    whole = model.answers(table)
    order = np.random.default_rng(0).permutation(400)
    assert (model.answers(table.take(order)) == whole[order]).all()
    assert [model.answers(table.take(np.array([row])))[0] for row in range(30)] == whole[:30].tolist()


def test_another_tables_category_codes_do_not_matter() -> None:
    table, labels = people()
    model = trained(TREE, table, labels)
    nurses = np.flatnonzero(table["job"].codes == table["job"].categories.index("nurse"))
    alone = encode(table.take(nurses).to_frame(), FEATURES)
    assert alone["job"].categories == ("nurse",)
    assert (model.answers(alone) == model.answers(table)[nurses]).all()


def test_unknown_text_is_ignored_and_rare_text_is_pooled() -> None:
    jobs = ["common"] * 60 + ["rare"] * 19 + ["scarce"] * 19
    labels = np.array([0] * 60 + [1] * 38, dtype=np.int32)
    model = trained(TREE, encode(pd.DataFrame({"job": jobs}), ("job",)), labels)
    asked = encode(pd.DataFrame({"job": ["common", "rare", "scarce", "unheard of"]}), ("job",))
    assert model._preprocessor.transform(model._vocabulary.matrix(asked)).toarray().tolist() == [
        [1, 0],
        [0, 1],
        [0, 1],
        [0, 0],
    ]
    assert model.answers(asked)[:3].tolist() == [0, 1, 1]


def test_a_missing_number_becomes_the_median_and_says_that_it_was_missing() -> None:
    frame = pd.DataFrame({"hours": [10.0, 20.0, 60.0, None], "age": [1, 2, 3, 4]})
    model = trained(TREE, encode(frame, ("hours", "age")), np.array([0, 0, 1, 1], dtype=np.int32))
    asked = encode(pd.DataFrame({"hours": [None, np.inf, 5.0], "age": [9.0, None, 9.0]}), ("hours", "age"))
    matrix = model._preprocessor.transform(model._vocabulary.matrix(asked))
    assert matrix.tolist() == [[20, 9, 1], [20, 2.5, 1], [5, 9, 0]]


def test_answers_an_empty_table_with_nothing() -> None:
    table, labels = people()
    answers = trained(TREE, table, labels).answers(table.take(np.array([], dtype=np.int64)))
    assert (answers.shape, answers.dtype) == ((0,), np.int32)


@pytest.mark.parametrize("estimator", [name for name, allowed in ESTIMATORS.items() if not allowed.regression])
def test_one_class_alone_is_the_answer(estimator: str) -> None:
    table, _ = people(60)
    assert (trained(estimator, table, np.ones(60, dtype=np.int32)).answers(table) == 1).all()


def test_row_weights_count() -> None:
    table = encode(pd.DataFrame({"age": [1, 1, 1]}), ("age",))
    labels, weights = np.array([0, 0, 1], dtype=np.int32), np.array([1.0, 1.0, 5.0])
    recipe = build_recipe(TREE)
    assert train(recipe, table, labels, task=Task.BINARY, n_classes=2).answers(table).tolist() == [0, 0, 0]
    heavy = train(recipe, table, labels, task=Task.BINARY, n_classes=2, weights=weights)
    assert heavy.answers(table).tolist() == [1, 1, 1]


def test_comes_back_from_json_with_the_same_digest() -> None:
    recipe = build_recipe("sklearn.ensemble.RandomForestClassifier", {"max_features": "sqrt", "n_estimators": 20})
    again = Recipe.from_json(json.loads(json.dumps(recipe.to_json())))
    assert (again, again.digest()) == (recipe, recipe.digest())
    assert build_recipe(recipe.estimator, {"n_estimators": 21}).digest() != recipe.digest()


def test_the_seed_is_part_of_the_recipe_whether_named_or_not() -> None:
    assert build_recipe(TREE) == build_recipe(TREE, {"random_state": 0})
    assert build_recipe(TREE) != build_recipe(TREE, {"random_state": 1})


@pytest.mark.parametrize(
    ("estimator", "params", "says"),
    [
        ("os.system", {}, "not on the allow-list"),
        ("sklearn.tree.DecisionTreeClassifer", {}, "did you mean sklearn.tree.DecisionTreeClassifier?"),
        ("DecisionTreeClassifier", {}, "did you mean"),
        (None, {}, "not on the allow-list"),
        (["sklearn.tree.DecisionTreeClassifier"], {}, "not on the allow-list"),
        (TREE, {"max_dept": 3}, "did you mean max_depth?"),
        (TREE, {"splitter": "random"}, "not on the allow-list"),
        (TREE, {"max_depth": 0}, "max_depth must be null or a whole number from 1 to 50"),
        (TREE, {"max_depth": 3.0}, "max_depth must be"),
        (TREE, {"max_depth": True}, "max_depth must be"),
        (TREE, {"max_depth": "3"}, "max_depth must be"),
        (TREE, {"max_depth": [3]}, "max_depth must be"),
        (TREE, {"class_weight": {"0": 1}}, "class_weight must be"),
        (TREE, {"random_state": None}, "random_state must be"),
        (LOGISTIC, {"C": float("nan")}, "C must be"),
        (LOGISTIC, {"C": float("inf")}, "C must be"),
        (TREE, {1: 2}, "not on the allow-list"),
        (TREE, [], "must be an object"),
    ],
)
def test_refuses_what_is_not_on_the_allow_list(estimator: object, params: object, says: str) -> None:
    with pytest.raises(RecipeError) as caught:
        build_recipe(estimator, params)
    assert says in str(caught.value)
    assert build_recipe(TREE, {"max_depth": 3})


@pytest.mark.parametrize(
    "change", [{"version": 2}, {"estimator": "x"}, {"params": {"n_jobs": 8}}, {"more": 1}, {"params": "max_depth"}]
)
def test_refuses_a_stored_recipe_with_a_fault(change: dict[str, object]) -> None:
    good = build_recipe(TREE).to_json()
    with pytest.raises(RecipeError):
        Recipe.from_json(good | change)
    assert Recipe.from_json(good)


def test_refuses_a_task_that_the_estimator_does_not_do() -> None:
    table, labels = people(50)
    recipe = build_recipe(TREE)
    for task in (Task.REGRESSION, Task.TRANSCRIPTION):
        with pytest.raises(RecipeError, match="does not do"):
            train(recipe, table, labels, task=task, n_classes=2)
    assert train(recipe, table, labels, task=Task.MULTICLASS, n_classes=2)


def test_refuses_labels_and_rows_that_do_not_fit() -> None:
    table, labels = people(50)
    recipe = build_recipe("sklearn.neighbors.KNeighborsClassifier", {"n_neighbors": 50})
    with pytest.raises(WrongLengthError):
        train(recipe, table, labels[:-1], task=Task.BINARY, n_classes=2)
    with pytest.raises(OutOfRangeError):
        train(recipe, table, labels, task=Task.BINARY, n_classes=1)
    with pytest.raises(RecipeError, match="fewer training rows"):
        train(recipe, table.take(np.arange(49)), labels[:49], task=Task.BINARY, n_classes=2)
    with pytest.raises(RecipeError, match="cannot weigh"):
        train(recipe, table, labels, task=Task.BINARY, n_classes=2, weights=np.ones(50))
    assert train(recipe, table, labels, task=Task.BINARY, n_classes=2)


def test_refuses_a_table_that_lacks_a_column_or_holds_another_type() -> None:
    table, labels = people(50)
    model = trained(TREE, table, labels)
    with pytest.raises(UnfitTableError, match="lacks the column sex"):
        model.answers(Table(table.columns[:3], 50))
    retyped = table.to_frame().assign(hours="many")
    with pytest.raises(UnfitTableError, match="hours is not of the type"):
        model.answers(encode(retyped, FEATURES))
    assert (model.answers(Table(table.columns[::-1], 50)) == model.answers(table)).all()
