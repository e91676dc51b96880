"""Hostile ONNX files, each with the verdicts that are right. Their input is the column f0."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from onnx import ModelProto, TensorProto
from onnx.helper import make_function, make_graph, make_opsetid, make_tensor_value_info

from scoring.sandbox import SandboxVerdict
from tests.onnx_files import given, graph, model_of, node, onnx_of

V = SandboxVerdict
FLOAT, INT64, STRING, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.STRING, TensorProto.BOOL
BROKEN: Final = (V.INVALID_MODEL,)
# A parser or an operator may also end the process: the job's own, and nothing else.
UNSOUND: Final = (V.INVALID_MODEL, V.INVALID_OUTPUT, V.CRASHED, V.MEMORY_LIMIT)
NO_ROOM: Final = (V.MEMORY_LIMIT, V.INVALID_MODEL)
HUGE: Final = 1 << 40


@dataclass(frozen=True)
class OnnxAttack:
    name: str
    expect: tuple[SandboxVerdict, ...]
    file: bytes
    n_classes: int = 0


def attacks(secret: Path) -> Iterator[OnnxAttack]:
    """All of them; ``secret`` is a world-readable file outside."""
    for part in (_not_a_file, _outside, _too_large, _endless, _deep, _unknown, _unsound, _answers):
        yield from part(secret)


def _file(nodes: list[Any], **described: Any) -> bytes:
    described.setdefault("inputs", [given("f0")])
    return onnx_of(nodes, **{"output": given("y"), **described})


GOOD: Final = _file([node("Add", ["f0", "f0"])])


def _not_a_file(_: Path) -> Iterator[OnnxAttack]:
    yield OnnxAttack("nothing", BROKEN, b"")
    yield OnnxAttack("noise", BROKEN, np.random.default_rng(0).bytes(5000))
    yield OnnxAttack("zeros", BROKEN, bytes(100_000))
    yield OnnxAttack("cut short", BROKEN, GOOD[:-9])
    yield OnnxAttack("an ort file", BROKEN, b"\x28\x00\x00\x00ORTM" + bytes(100))
    yield OnnxAttack("a pickle", BROKEN, b"\x80\x04cposix\nsystem\n(S'id'\ntR.")
    yield OnnxAttack("no graph", BROKEN, ModelProto(ir_version=9).SerializeToString())


def _outside(secret: Path) -> Iterator[OnnxAttack]:
    """Data and code that lie outside the file."""
    for name, location in (
        ("absolute", str(secret)),
        ("relative", f"../../..{secret}"),
        ("of the box", "opt/box/numpy/version.py"),
        ("a descriptor", "/proc/self/fd/4"),
        ("an address", "*/_ORT_MEM_ADDR_/*"),
    ):
        tensor = TensorProto(name="w", data_type=TensorProto.UINT8, dims=[16], data_location=TensorProto.EXTERNAL)
        for key, value in (("location", location), ("offset", "4096" if "ADDR" in location else "0"), ("length", "16")):
            tensor.external_data.add(key=key, value=value)
        nodes = [node("Cast", ["w"], ["n"], to=FLOAT), node("ReduceSum", ["n"], ["s"]), node("Add", ["f0", "s"])]
        yield OnnxAttack(f"external data, {name}", BROKEN, _file(nodes, tensors=[tensor]))
    context = node("EPContext", ["f0"], domain="com.microsoft", embed_mode=0, ep_cache_context=str(secret))
    opsets = (("", 17), ("com.microsoft", 1))
    built = graph([context], inputs=[given("f0")], output=given("y"))
    yield OnnxAttack("a provider's own file", BROKEN, model_of(built, opsets=opsets).SerializeToString())


def _too_large(_: Path) -> Iterator[OnnxAttack]:
    def declared(*dims: int) -> bytes:
        tensor = TensorProto(name="w", data_type=FLOAT, dims=dims)
        return _file([node("ReduceSum", ["w"], ["s"], keepdims=0), node("Add", ["f0", "s"])], tensors=[tensor])

    yield OnnxAttack("a tensor declared and not there", BROKEN, declared(HUGE))
    yield OnnxAttack("a size that overflows", BROKEN, declared(1 << 62, 1 << 62, 4))
    yield OnnxAttack("a size below nothing", BROKEN, declared(-5))
    yield OnnxAttack(
        "a batch declared without end",
        BROKEN,
        _file([node("Add", ["f0", "f0"])], inputs=[given("f0", shape=(HUGE, 1))], output=given("y", shape=(HUGE, 1))),
    )
    yield OnnxAttack(
        "memory at loading",
        NO_ROOM,
        _file(
            [
                node("ConstantOfShape", ["shape"], ["big"]),
                node("ReduceSum", ["big"], ["s"], keepdims=0),
                node("Add", ["f0", "s"]),
            ],
            constants={"shape": np.array([1 << 33])},
        ),
    )
    yield OnnxAttack(
        "memory at running",
        NO_ROOM,
        _file(
            [node("Expand", ["f0", "shape"], ["big"]), node("ReduceSum", ["big", "axis"])],
            constants={"shape": np.array([1, 1 << 20]), "axis": np.array([1])},
        ),
    )
    yield OnnxAttack(
        "memory bit by bit",
        (*NO_ROOM, V.CPU_LIMIT),
        _file(
            [_loop([node("Concat", ["v", "v"], ["v2"], axis=1)]), node("ReduceSum", ["end", "axis"])],
            constants={"go": np.array(True), "axis": np.array([1])},
        ),
    )
    yield OnnxAttack(
        "numbers counted up",
        NO_ROOM,
        _file(
            [
                node("Range", ["zero", "many", "one"], ["r"]),
                node("ReduceSum", ["r"], ["s"], keepdims=0),
                node("Cast", ["s"], ["c"], to=FLOAT),
                node("Add", ["f0", "c"]),
            ],
            constants={"zero": np.int64(0), "many": np.int64(1 << 40), "one": np.int64(1)},
        ),
    )


def _endless(_: Path) -> Iterator[OnnxAttack]:
    go = {"go": np.array(True)}
    spent = (V.CPU_LIMIT,)
    yield OnnxAttack(
        "a loop without end",
        spent,
        _file([_loop([node("Sin", ["v"], ["v2"])]), node("Identity", ["end"])], constants=go),
    )
    yield OnnxAttack(
        "a loop of a great many turns",
        spent,
        _file(
            [_loop([node("Sin", ["v"], ["v2"])], limit="limit"), node("Identity", ["end"])],
            constants=go | {"limit": np.int64(HUGE)},
        ),
    )
    yield OnnxAttack(
        "a loop while the file is loaded",
        spent,
        _file(
            [_loop([node("Sin", ["v"], ["v2"])], start="one"), node("Add", ["f0", "end"])],
            constants=go | {"one": np.ones((1, 1), "f4")},
        ),
    )
    yield OnnxAttack("functions that call ten others each", spent, _with_functions(levels=12, calls=10))


def _deep(_: Path) -> Iterator[OnnxAttack]:
    names = ["f0", *(f"n{i}" for i in range(3000))]
    chain = [node("Neg", [one], [next_one]) for one, next_one in pairwise(names)]
    yield OnnxAttack("three thousand nodes in a row", (V.OK,), _file([*chain, node("Identity", [names[-1]])]))
    yield OnnxAttack("graphs within graphs", BROKEN, _nested(2000))
    yield OnnxAttack("a function that calls itself", BROKEN, _with_functions(levels=1, calls=1, itself=True))
    yield OnnxAttack(
        "a circle",
        BROKEN,
        _file([node("Add", ["f0", "b"], ["a"]), node("Add", ["a", "f0"], ["b"]), node("Identity", ["a"])]),
    )


def _unknown(_: Path) -> Iterator[OnnxAttack]:
    for name, domain in (("an operator of nobody's", "evil"), ("an operator that does not exist", "")):
        built = graph([node("Evil", ["f0"], domain=domain)], inputs=[given("f0")], output=given("y"))
        yield OnnxAttack(name, BROKEN, model_of(built, opsets=(("", 17), ("evil", 1))).SerializeToString())
    built = graph([node("Neg", ["f0"])], inputs=[given("f0")], output=given("y"))
    yield OnnxAttack("operators of the far future", BROKEN, model_of(built, opsets=(("", 999),)).SerializeToString())
    yield OnnxAttack("an input that is a map", BROKEN, _file([node("Neg", ["f0"])], inputs=[_mapped("f0")]))


def _unsound(_: Path) -> Iterator[OnnxAttack]:
    """Operators whose attributes point outside what they have."""
    tree = {
        "nodes_treeids": [0, 0, 0],
        "nodes_nodeids": [0, 1, 2],
        "nodes_featureids": [1 << 30, 0, 0],
        "nodes_values": [0.0, 0.0, 0.0],
        "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"],
        "n_targets": 1,
        "nodes_truenodeids": [1, 0, 0],
        "nodes_falsenodeids": [2, 0, 0],
        "target_treeids": [0, 0],
        "target_nodeids": [1, 2],
        "target_ids": [0, 0],
        "target_weights": [1.0, 2.0],
    }
    ml = {"domain": "ai.onnx.ml"}
    for name, changed in (
        ("a far feature", {}),
        ("a far child", {"nodes_truenodeids": [1 << 40, 0, 0]}),
        ("itself as a child", {"nodes_truenodeids": [0, 0, 0], "nodes_featureids": [0, 0, 0]}),
        ("a far target", {"nodes_featureids": [0, 0, 0], "target_ids": [1 << 30, 0]}),
        ("too few values", {"nodes_featureids": [0, 0, 0], "nodes_values": [0.0]}),
    ):
        file = _file([node("TreeEnsembleRegressor", ["f0"], **(tree | changed), **ml)])
        yield OnnxAttack(f"a tree with {name}", (*UNSOUND, V.CPU_LIMIT), file)
    yield OnnxAttack(
        "a linear model with too few numbers",
        UNSOUND,
        _file([node("LinearRegressor", ["f0"], coefficients=[1.0], targets=1 << 30, **ml)]),
    )
    yield OnnxAttack(
        "a place that is not there",
        UNSOUND,
        _file(
            [node("Gather", ["f0", "far"], ["g"], axis=1), node("Add", ["f0", "g"])],
            constants={"far": np.int64(1 << 40)},
        ),
    )
    yield OnnxAttack(
        "writing where nothing is",
        UNSOUND,
        _file(
            [node("ScatterElements", ["f0", "far", "one"], axis=1)],
            constants={"far": np.full((1, 1), 1 << 40), "one": np.ones((1, 1), "f4")},
        ),
    )


def _answers(_: Path) -> Iterator[OnnxAttack]:
    wrong = (V.INVALID_OUTPUT,)
    yield OnnxAttack("text for numbers", wrong, _file([node("Cast", ["f0"], to=STRING)], output=given("y", STRING)))
    yield OnnxAttack(
        "words that are no labels",
        wrong,
        _file([node("Cast", ["f0"], to=STRING)], output=given("y", STRING)),
        n_classes=2,
    )
    yield OnnxAttack(
        "not a number",
        wrong,
        _file([node("Log", ["minus"], ["n"]), node("Add", ["f0", "n"])], constants={"minus": np.float32(-1)}),
    )
    yield OnnxAttack("infinity", wrong, _file([node("Div", ["f0", "zero"])], constants={"zero": np.float32(0)}))
    yield OnnxAttack(
        "one answer for all", wrong, _file([node("ReduceSum", ["f0"], keepdims=0)], output=given("y", shape=()))
    )
    yield OnnxAttack("twice as many answers", wrong, _file([node("Concat", ["f0", "f0"], axis=0)]))
    yield OnnxAttack(
        "no input",
        BROKEN,
        onnx_of([node("Identity", ["c"])], output=given("y"), inputs=[], constants={"c": np.ones((5000, 1), "f4")}),
    )
    yield OnnxAttack("numbers drawn by chance", (V.NOT_ROWWISE,), _file([node("RandomNormalLike", ["f0"])]))


def _loop(body: list[Any], *, limit: str = "", start: str = "f0") -> Any:
    """A loop that carries v, made v2 by ``body`` in each turn."""
    ins = [make_tensor_value_info(name, kind, []) for name, kind in (("turn", INT64), ("on", BOOL))]
    ins.append(make_tensor_value_info("v", FLOAT, None))
    outs = [make_tensor_value_info("on2", BOOL, []), make_tensor_value_info("v2", FLOAT, None)]
    turns = make_graph([node("Identity", ["on"], ["on2"]), *body], "turns", ins, outs)
    return node("Loop", [limit, "go", start], ["end"], body=turns)


def _with_functions(*, levels: int, calls: int, itself: bool = False) -> bytes:
    """A model of functions of which each calls the one below so many times, or the lowest itself."""
    opsets = [make_opsetid("", 17), make_opsetid("f", 1)]
    lowest = node("F0", ["x"], domain="f") if itself else node("Sin", ["x"])
    functions = [make_function("f", "F0", ["x"], ["y"], [lowest], opsets)]
    for level in range(1, levels):
        names = ["x", *(f"t{i}" for i in range(calls - 1)), "y"]
        steps = [node(f"F{level - 1}", [one], [other], domain="f") for one, other in pairwise(names)]
        functions.append(make_function("f", f"F{level}", ["x"], ["y"], steps, opsets))
    built = graph([node(f"F{levels - 1}", ["f0"], domain="f")], inputs=[given("f0")], output=given("y"))
    file: bytes = model_of(built, opsets=(("", 17), ("f", 1)), functions=functions).SerializeToString()
    return file


def _nested(depth: int) -> bytes:
    """Graphs in attributes of nodes of graphs, written byte by byte: the library refuses to."""
    inner = b""
    for _ in range(depth):
        attribute = _field(1, b"then_branch") + _field(6, inner) + b"\xa0\x01\x05"  # name, graph, type: graph
        inner = _field(1, _field(4, b"If") + _field(5, attribute))  # a graph of one node
    return b"\x08\x09" + _field(7, inner) + _field(8, b"\x10\x11")


def _field(number: int, content: bytes) -> bytes:
    size, rest = b"", len(content)
    while rest > 0x7F:
        size, rest = size + bytes([rest & 0x7F | 0x80]), rest >> 7
    return bytes([number << 3 | 2]) + size + bytes([rest]) + content


def _mapped(name: str) -> Any:
    value = given(name)
    kind = value.type.map_type
    kind.key_type = INT64
    kind.value_type.tensor_type.elem_type = FLOAT
    return value
