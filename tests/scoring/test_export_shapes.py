"""Lists of every shape, the empty one and deep ones, leave as they are, and answer frames of no row and of one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from hypothesis import given, settings

from scoring.decision_list import DecisionList, Leaf, Pointer, replay
from scoring.export.fitted import Fitted, described
from scoring.export.graph import BOOL, Graph
from scoring.export.listed import ExportedPair, ExportedVersion, Model, module, onnx_file
from scoring.export.onnx_columns import GivenColumns
from scoring.export.onnx_groups import group_mask
from scoring.export.runtime import Columns, group_of
from scoring.losses import Loss, Sample, Task
from scoring.merge import ListState, Mode
from scoring.predicates import Predicate, evaluate, parse, schema_of
from scoring.recipes import build_recipe, train
from scoring.tables import Table, encode
from scoring.undo import Rules, build
from tests.onnx_files import older_than
from tests.scoring.predicate_strategies import fitting_predicates, tables
from tests.scoring.test_export import fed, imported

FEATURES = ("age", "score", "member", "town")
LABELS = ("no", "perhaps", "yes")
TEXTS = ("age > {}", "town in ('a', 'é') or score > {}", "not (town == 'b') and age != {}", "member = 1 or age < {}")
GROUPS = [parse(TEXTS[number % 4].format(number % 7)) for number in range(60)]


def drawn(n: int, seed: int = 1) -> pd.DataFrame:
    """Whole, real, true or false, and text; the second and the last with missing values, text that no group names."""
    dice = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": dice.integers(0, 9, n),
            "score": np.where(dice.random(n) < 0.1, np.nan, dice.normal(3, 3, n)),
            "member": dice.random(n) < 0.2,
            "town": dice.choice(np.array(["a", "b", "é", "elsewhere", None], dtype=object), n),
        }
    )


def kinds_of(table: Table) -> dict[str, str]:
    return {name: kind.value for name, kind in schema_of(table).items()}


def always(code: int) -> Fitted:
    """A fitted recipe that answers every row with one class."""
    dummy, table = build_recipe("sklearn.dummy.DummyClassifier"), encode(drawn(9), FEATURES)
    trained = train(dummy, table, np.arange(9, dtype=np.int32) % 3, task=Task.MULTICLASS, n_classes=3)
    return described(trained) | {"raw": [float(code == other) for other in range(3)]}


def merged(pairs: int) -> DecisionList:
    """What so many merges make of the groups, the k-th answered with class k modulo 3, with their repairs."""
    table, dice = encode(drawn(300), FEATURES), np.random.default_rng(5)
    rules = Rules(Sample(Loss.ZERO_ONE, dice.integers(0, 3, 300).astype(np.int32)), Mode.STRICT)
    return build(ListState.start(np.zeros(300, np.int32)), answered(table)[:pairs], rules).list


def answered(table: Table) -> list[tuple[np.ndarray, np.ndarray]]:
    each = enumerate(GROUPS)
    return [(evaluate(group, table), np.full(table.n_rows, number % 3, dtype=np.int32)) for number, group in each]


def version_of(pdl: DecisionList) -> ExportedVersion:
    pairs = [ExportedPair(f"submission {number}", group, always(number % 3)) for number, group in enumerate(GROUPS)]
    lists = {number: pdl.at(number).nodes for number in range(pdl.head + 1)}
    return ExportedVersion("Loans", kinds_of(encode(drawn(9), FEATURES)), LABELS, always(0), pairs, lists, pdl.head)


@pytest.mark.parametrize("pairs", [0, 1, 60])
def test_a_list_of_any_length_answers_any_number_of_rows(pairs: int, tmp_path: Path) -> None:
    pdl = merged(pairs)
    assert sum(isinstance(node, Pointer) for node in pdl.nodes) >= pairs // 2
    version = version_of(pdl)
    model, file = imported(module(version), tmp_path).HostedModel(), onnx_file(version)
    session = onnxruntime.InferenceSession(file)
    for frame in (drawn(0), drawn(1), drawn(1, seed=2), drawn(2_001)):
        table = encode(frame, FEATURES)
        expected = np.array(LABELS)[replay(np.zeros(len(frame), np.int32), answered(table), pdl)[-1]].tolist()
        assert model.predict(frame).tolist() == expected
        assert session.run(None, fed(frame, file))[0].tolist() == expected


def test_a_patch_that_is_a_file_answers_no_row_and_one_row(tmp_path: Path) -> None:
    pdl = DecisionList((Leaf(0, 0),), (0, 1))
    pair = ExportedPair("submission 1", parse("town == 'a'"), Model(older_than(4)))
    version = replace(version_of(DecisionList()), labels=(0, 1), pairs=[pair], lists={1: pdl.nodes}, number=1)
    model, file = imported(module(version), tmp_path).HostedModel(), onnx_file(version)
    for frame in (drawn(0), drawn(1), drawn(200)):
        expected = ((frame["town"] == "a") & (frame["age"] > 4)).astype(int).tolist()
        assert model.predict(frame).tolist() == expected
        assert onnxruntime.InferenceSession(file).run(None, fed(frame, file))[0].tolist() == expected


OTHERWISE: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "columns in another order, others beside them": lambda frame: frame[[*FEATURES[::-1]]].assign(more="x"),
    "an index that repeats": lambda frame: frame.set_index(np.zeros(len(frame), dtype=int)),
    "types that know of missing values": lambda frame: frame.convert_dtypes(),
    "text as categories": lambda frame: frame.astype({"town": "category"}),
    "numbers as floats and as objects": lambda frame: frame.astype({"age": float, "member": object, "score": object}),
}


@pytest.mark.parametrize("change", OTHERWISE)
def test_the_module_reads_a_frame_by_its_columns_however_it_holds_them(change: str, tmp_path: Path) -> None:
    model, frame = imported(module(version_of(merged(60))), tmp_path).HostedModel(), drawn(500)
    assert model.predict(OTHERWISE[change](frame)).tolist() == model.predict(frame).tolist()
    assert len(set(model.predict(frame))) > 1


def test_a_column_that_is_missing_is_named(tmp_path: Path) -> None:
    model, frame = imported(module(version_of(merged(1))), tmp_path).HostedModel(), drawn(5)
    with pytest.raises(ValueError, match="The column town is missing"):
        model.predict(frame.drop(columns="town"))
    assert len(model.predict(frame)) == 5


@settings(max_examples=150, deadline=None)
@given(fitting_predicates(), tables())
def test_any_predicate_is_the_same_mask_in_the_module(predicate: Predicate, table: Table) -> None:
    columns = Columns(table.to_frame(), kinds_of(table))
    assert group_of(predicate.to_json()["tree"], columns).tolist() == evaluate(predicate, table).tolist()


@settings(max_examples=60, deadline=None)
@given(fitting_predicates(), tables())
def test_any_predicate_is_the_same_mask_in_an_onnx_file(predicate: Predicate, table: Table) -> None:
    # There empty text is missing, and whole numbers are doubles.
    frame = table.to_frame().astype({"text": object, "to be": object}).replace({"": None})
    frame["whole"] = frame["whole"].clip(-(2**53) + 1, 2**53 - 1)
    given = GivenColumns(Graph(), kinds_of(table))
    file = given.graph.file(group_mask(given, predicate.root), BOOL, axes=1)
    found = onnxruntime.InferenceSession(file).run(None, fed(frame, file))[0]
    assert found.tolist() == evaluate(predicate, encode(frame, table.names)).tolist()
