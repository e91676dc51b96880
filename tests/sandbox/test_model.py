"""An ONNX file in the box: what it is fed, how it answers for each kind of task, and what it is told."""

import math
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from scoring.sandbox import Box, PatchRun, SandboxVerdict, run_model, run_model_hidden
from scoring.sandbox.limits import MAX_MODEL_BYTES
from scoring.tables import NumberColumn, Table, TextColumn
from tests.onnx_files import given, node, older_than, onnx_of

V = SandboxVerdict
FLOAT, DOUBLE, INT64, STRING, BOOL = (
    TensorProto.FLOAT,
    TensorProto.DOUBLE,
    TensorProto.INT64,
    TensorProto.STRING,
    TensorProto.BOOL,
)
TEXT = ("no", "yes")
MATRIX = given("X", shape=("rows", 2))
ROWS = ("rows",)


def ages(people: Table) -> np.ndarray:
    return np.asarray(people["age"].to_series())


def is_old(people: Table) -> np.ndarray:
    return (ages(people) > 64).astype(np.int32)


def both(box: Box, model: bytes, table: Table, **options: Any) -> PatchRun:
    """Aloud and silent; they must say the same."""
    aloud = run_model(box, model, table, hidden=False, **options)
    silent = run_model_hidden(box, model, table, seed=1, **options)
    assert (aloud.verdict, aloud.message) == (V.OK, "")
    assert (silent.verdict, silent.message, silent.log, silent.line) == (V.OK, "", "", None)
    np.testing.assert_array_equal(aloud.answers, silent.answers)
    return aloud


OLD = node("Greater", ["age", "years"], ["old"])
CHANCE = [node("Sub", ["age", "years"], ["over"]), node("Sigmoid", ["over"], ["chance"])]
YEARS = {"years": np.float32(64.5)}
WAYS: dict[str, tuple[list[Any], dict[str, Any], tuple[Any, ...]]] = {
    "0 and 1": ([OLD, node("Cast", ["old"], to=INT64)], {"output": given("y", INT64)}, (0, 1)),
    "truth values": ([node("Greater", ["age", "years"])], {"output": given("y", BOOL)}, (0, 1)),
    "other whole numbers": (
        [OLD, node("Where", ["old", "five", "two"])],
        {"output": given("y", INT64), "constants": YEARS | {"five": np.int64(5), "two": np.int64(2)}},
        (2, 5),
    ),
    "words": (
        [OLD, node("Where", ["old", "w1", "w0"])],
        {"output": given("y", STRING), "constants": YEARS | {"w1": np.array("yes"), "w0": np.array("no")}},
        TEXT,
    ),
    "numbers of words": ([OLD, node("Cast", ["old"], to=INT64)], {"output": given("y", INT64)}, TEXT),
    "a probability": ([*CHANCE, node("Identity", ["chance"])], {"output": given("y")}, (0, 1)),
    "a probability of words": ([*CHANCE, node("Identity", ["chance"])], {"output": given("y")}, TEXT),
    "a score for each class": (
        [node("Sub", ["age", "years"], ["over"]), node("Neg", ["over"], ["under"]),
         node("Concat", ["under", "over"], axis=1)],
        {"output": given("y", shape=("rows", 2))},
        (0, 1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_name_a_class_gives_its_code(box: Box, people: Table, way: str) -> None:
    nodes, described, classes = WAYS[way]
    run = both(box, onnx_of(nodes, **{"constants": YEARS} | described), people, classes=classes)
    assert run.answers is not None
    assert run.answers.dtype == np.int32
    np.testing.assert_array_equal(run.answers, is_old(people))


@pytest.mark.parametrize("classes", [("child", "grown", "old"), (1, 2, 3)])
def test_the_largest_of_several_scores_counts_and_the_first_of_equal_ones(
    box: Box, people: Table, classes: tuple[Any, ...]
) -> None:
    nodes = [node("Sub", ["age", "middles"], ["off"]), node("Abs", ["off"], ["far"]), node("Neg", ["far"])]
    described = {"output": given("y", shape=("rows", 3)), "constants": {"middles": np.array([[10, 50, 80]], "f4")}}
    run = both(box, onnx_of(nodes, **described), people, classes=classes)
    expected = np.abs(ages(people)[:, None] - np.array([10, 50, 80])).argmin(axis=1)
    np.testing.assert_array_equal(run.answers, expected)


@pytest.mark.parametrize("classes", [(0, 1), TEXT])
def test_a_map_for_each_row_is_read_by_its_labels(box: Box, people: Table, classes: tuple[Any, ...]) -> None:
    named = {"classlabels_strings": ["yes", "no"]} if classes is TEXT else {"classlabels_int64s": [1, 0]}
    nodes = [
        node("Sub", ["age", "years"], ["over"]),
        node("Neg", ["over"], ["under"]),
        node("Concat", ["over", "under"], ["scores"], axis=1),
        node("ZipMap", ["scores"], domain="ai.onnx.ml", **named),
    ]
    run = both(box, onnx_of(nodes, output=map_of(classes), constants=YEARS), people, classes=classes)
    np.testing.assert_array_equal(run.answers, is_old(people))


def map_of(classes: tuple[Any, ...]) -> Any:
    """The declaration of a sequence of maps from label to float."""
    output = given("y")
    kind = output.type.sequence_type.elem_type.map_type
    kind.key_type = STRING if classes is TEXT else INT64
    kind.value_type.tensor_type.elem_type = FLOAT
    return output


@pytest.mark.parametrize("kind", [FLOAT, DOUBLE, INT64])
def test_real_values_come_back_as_numbers(box: Box, people: Table, kind: int) -> None:
    nodes = [node("Cast", ["age"], ["a"], to=kind), node("Add", ["a", "a"])]
    run = both(box, onnx_of(nodes, output=given("y", kind)), people)
    assert run.answers is not None
    assert run.answers.dtype == np.float64
    np.testing.assert_array_equal(run.answers, ages(people) * 2.0)


def test_a_probability_is_a_real_value_like_any_other(box: Box, people: Table) -> None:
    run = both(box, onnx_of([*CHANCE, node("Identity", ["chance"])], output=given("y"), constants=YEARS), people)
    np.testing.assert_allclose(run.answers, 1 / (1 + np.exp(64.5 - ages(people))), atol=1e-6)


def test_any_other_name_gets_every_number_column_and_a_missing_number_is_nan(box: Box, people: Table) -> None:
    nodes = [node("IsNaN", ["X"], ["gap"]), node("Cast", ["gap"], ["g"], to=FLOAT), node("MatMul", ["g", "w"])]
    described = {"inputs": [MATRIX], "output": given("y", shape=ROWS), "constants": {"w": np.array([1, 2], "f4")}}
    run = both(box, onnx_of(nodes, **described), people)
    np.testing.assert_array_equal(run.answers, np.isnan(np.asarray(people["income"].to_series())) * 2.0)


@pytest.mark.parametrize("name", ["sex", "words"])
def test_text_comes_as_strings_and_missing_text_is_empty(box: Box, people: Table, name: str) -> None:
    nodes = [
        node("LabelEncoder", [name], ["code"], domain="ai.onnx.ml",
             keys_strings=["F", "M", ""], values_floats=[1.0, 2.0, 3.0]),
        node("Identity", ["code"]),
    ]  # fmt: skip
    run = both(box, onnx_of(nodes, inputs=[given(name, STRING)], output=given("y")), people)
    codes = people["sex"]
    assert isinstance(codes, TextColumn)
    np.testing.assert_array_equal(run.answers, np.array([1.0, 2.0, 3.0])[codes.codes])


def test_inputs_of_one_axis_and_of_two_may_stand_side_by_side(box: Box, people: Table) -> None:
    inputs = [given("age", DOUBLE, ROWS), given("X", DOUBLE, ("rows", None))]
    nodes = [node("ReduceMax", ["X"], ["m"], axes=[1], keepdims=0), node("Add", ["age", "age"], ["a"]),
             node("Where", ["t", "a", "m"])]  # fmt: skip
    model = onnx_of(nodes, inputs=inputs, output=given("y", DOUBLE, ROWS), constants={"t": np.array(True)})
    np.testing.assert_array_equal(both(box, model, people).answers, ages(people) * 2.0)


def test_a_name_that_an_exporter_has_changed_still_means_its_column(box: Box) -> None:
    table = Table((NumberColumn("debt to-income", np.arange(50)), NumberColumn("other", np.arange(50))), 50)
    model = onnx_of([node("Identity", ["debt_to_income"])], inputs=[given("debt_to_income")], output=given("y"))
    np.testing.assert_array_equal(both(box, model, table).answers, np.arange(50.0))


@pytest.mark.parametrize("rows", [1, 7])
def test_a_file_that_fixes_its_number_of_rows_is_asked_for_so_many_at_a_time(
    box: Box, people: Table, rows: int
) -> None:
    model = onnx_of([node("Add", ["age", "age"])], inputs=[given("age", shape=(rows, 1))], output=given("y"))
    np.testing.assert_array_equal(both(box, model, people).answers, ages(people) * 2.0)


def test_more_rows_than_a_batch_are_all_answered(box: Box) -> None:
    table = Table((NumberColumn("age", np.arange(10_000)),), 10_000)
    model = onnx_of([node("Add", ["age", "age"])], output=given("y"))
    np.testing.assert_array_equal(both(box, model, table).answers, np.arange(10_000) * 2.0)


AGE_ITSELF = [node("Identity", ["age"])]
MISTAKES: list[tuple[SandboxVerdict, str, list[Any], dict[str, Any]]] = [
    (V.INVALID_MODEL, "input 'sex' wants numbers, and column 'sex' holds text",
     [node("Identity", ["sex"])], {"inputs": [given("sex")], "output": given("y")}),
    (V.INVALID_MODEL, "input 'age' wants strings, and column 'age' holds numbers",
     AGE_ITSELF, {"inputs": [given("age", STRING)], "output": given("y", STRING)}),
    (V.INVALID_MODEL, "input 'X' takes 3 columns, and would be fed 2: age, income",
     [node("Identity", ["X"])], {"inputs": [given("X", shape=("rows", 3))], "output": given("y", shape=("rows", 3))}),
    (V.INVALID_MODEL, "input 'income' is of type tensor(int64), which cannot hold every value of 'income'; "
     "declare it as float", [node("Identity", ["income"])],
     {"inputs": [given("income", INT64)], "output": given("y", INT64)}),
    (V.INVALID_MODEL, "input 'age' has 3 axes; one or two can be fed",
     AGE_ITSELF, {"inputs": [given("age", shape=("rows", 1, 1))], "output": given("y", shape=("rows", 1, 1))}),
    (V.INVALID_MODEL, "the inputs of the model want different numbers of rows",
     [node("Add", ["age", "income"])],
     {"inputs": [given("age", shape=(1, 1)), given("income", shape=(2, 1))], "output": given("y", shape=(2, 1))}),
    (V.INVALID_MODEL, "the model takes exactly 1099511627776 rows at once; export it with a free number of rows",
     AGE_ITSELF, {"inputs": [given("age", shape=(1 << 40, 1))], "output": given("y", shape=(1 << 40, 1))}),
    (V.INVALID_OUTPUT, "the model returned 1 values for a batch of 4096 rows",
     [node("ReduceSum", ["age", "rows"])], {"output": given("y", shape=(1, 1)), "constants": {"rows": np.array([0])}}),
    (V.INVALID_OUTPUT, "the model returned no tensor with one answer for each row",
     [node("ReduceSum", ["age"], keepdims=0)], {"output": given("y", shape=())}),
    (V.INVALID_OUTPUT, "the model returned NaN or infinity for row 0",
     [node("Mul", ["age", "nan"])], {"output": given("y"), "constants": {"nan": np.float32(math.nan)}}),
    (V.INVALID_OUTPUT, "the model returned text; a number is wanted for each row",
     [node("Cast", ["age"], to=STRING)], {"output": given("y", STRING)}),
    (V.INVALID_OUTPUT, "the model returned an array of 2 dimensions; one value a row is wanted",
     [node("Concat", ["age", "age"], axis=1)], {"output": given("y", shape=("rows", 2))}),
]  # fmt: skip


@pytest.mark.parametrize(("verdict", "said", "nodes", "described"), MISTAKES)
def test_each_mistake_has_its_verdict_and_its_words(
    box: Box, people: Table, verdict: SandboxVerdict, said: str, nodes: list[Any], described: dict[str, Any]
) -> None:
    run = run_model(box, onnx_of(nodes, **described), people, hidden=False)
    assert (run.verdict, run.message) == (verdict, said)
    silent = run_model_hidden(box, onnx_of(nodes, **described), people, seed=1)
    assert (silent.verdict, silent.message, silent.log) == (verdict, "", "")


def test_the_same_without_a_mistake_is_right(box: Box, people: Table) -> None:
    np.testing.assert_array_equal(both(box, onnx_of(AGE_ITSELF, output=given("y")), people).answers, ages(people))


CLASS_MISTAKES: list[tuple[str, list[Any], dict[str, Any], tuple[Any, ...]]] = [
    ("the model returned '1' for row 0, which is not one of the labels",
     [OLD, node("Cast", ["old"], ["i"], to=INT64), node("Max", ["i", "one"])],
     {"output": given("y", INT64), "constants": YEARS | {"one": np.int64(1)}}, (2, 5)),
    ("the model returned values of type float32, 1000 by 3, for 1000 rows; scores are numbers, one for each of the 2 "
     "classes", [node("Concat", ["age", "age", "age"], axis=1)], {"output": given("y", shape=("rows", 3))}, (0, 1)),
    ("the model returned 7 for row 0: a label, or a probability from 0 to 1, is wanted",
     [node("Sub", ["age", "age"], ["n"]), node("Add", ["n", "s"])],
     {"output": given("y"), "constants": {"s": np.float32(7)}}, TEXT),
    ("the model returned NaN for row 0",
     [node("Concat", ["age", "age"], ["z"], axis=1), node("Mul", ["z", "nan"])],
     {"output": given("y", shape=("rows", 2)), "constants": {"nan": np.float32(math.nan)}}, (0, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("said", "nodes", "described", "classes"), CLASS_MISTAKES)
def test_what_is_no_class_is_told(
    box: Box, people: Table, said: str, nodes: list[Any], described: dict[str, Any], classes: tuple[Any, ...]
) -> None:
    run = run_model(box, onnx_of(nodes, **described), people, classes=classes, hidden=False)
    assert (run.verdict, run.message) == (V.INVALID_OUTPUT, said)


@pytest.mark.parametrize(
    ("nodes", "constants"),
    [
        ([node("ReduceMean", ["age"], ["m"], axes=[0]), node("Sub", ["age", "m"])], {}),
        ([node("CumSum", ["age", "rows"])], {"rows": np.int64(0)}),
        ([node("RandomNormalLike", ["age"], ["r"]), node("Add", ["age", "r"])], {}),
        ([node("RandomUniform", [], ["r"], shape=[1, 1]), node("Add", ["age", "r"])], {}),
        ([node("RandomNormalLike", ["age"], ["r"], seed=7.0), node("Add", ["age", "r"])], {}),
    ],
    ids=["mean", "running sum", "random rows", "one random number", "random rows from a seed"],
)
def test_a_model_that_looks_at_other_rows_or_draws_is_not_rowwise(
    box: Box, people: Table, nodes: list[Any], constants: dict[str, Any]
) -> None:
    model = onnx_of(nodes, output=given("y"), constants=constants)
    assert run_model(box, model, people, hidden=False).verdict == V.OK
    assert run_model_hidden(box, model, people, seed=1).verdict == V.NOT_ROWWISE


def test_a_file_over_the_limit_is_not_run(box: Box, people: Table) -> None:
    model = older_than(64)
    assert run_model(box, model.ljust(MAX_MODEL_BYTES + 1, b"\0"), people, classes=(0, 1), hidden=False).message == (
        f"the model file is longer than {MAX_MODEL_BYTES} bytes"
    )


def test_a_file_as_large_as_the_limit_is_run(box: Box, people: Table) -> None:
    fill = np.zeros((MAX_MODEL_BYTES - 1024) // 4, dtype=np.float32)
    nodes = [node("Gather", ["fill", "first"], ["zero"]), node("Add", ["age", "zero"])]
    model = onnx_of(nodes, output=given("y"), constants={"fill": fill, "first": np.int64(0)})
    assert MAX_MODEL_BYTES - 1024 < len(model) <= MAX_MODEL_BYTES
    np.testing.assert_array_equal(both(box, model, people).answers, ages(people))
