"""ONNX files for tests, good and bad, node by node."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor_value_info
from onnx.numpy_helper import from_array

OPSETS = (("", 17), ("ai.onnx.ml", 3))
IR_VERSION = 9
Shape = Sequence[int | str | None]


def given(name: str, kind: int = TensorProto.FLOAT, shape: Shape = ("rows", 1)) -> ValueInfoProto:
    """The declaration of an input or an output."""
    return make_tensor_value_info(name, kind, list(shape))


def node(kind: str, inputs: Sequence[str], outputs: Sequence[str] = ("y",), **attributes: Any) -> NodeProto:
    return make_node(kind, list(inputs), list(outputs), **attributes)


def graph(
    nodes: Sequence[NodeProto],
    *,
    inputs: Sequence[ValueInfoProto] | None = None,
    output: ValueInfoProto | None = None,
    constants: dict[str, Any] | None = None,
    tensors: Sequence[TensorProto] = (),
) -> GraphProto:
    """Nodes with constants by name; the input is the column age and the output y(rows), unless told otherwise."""
    held = [from_array(np.asarray(value), name) for name, value in (constants or {}).items()]
    ends = [output or given("y", shape=("rows",))]
    return make_graph(list(nodes), "g", [given("age")] if inputs is None else list(inputs), ends, [*held, *tensors])


def model_of(built: GraphProto, *, opsets: Sequence[tuple[str, int]] = OPSETS, **more: Any) -> ModelProto:
    versions = [make_opsetid(domain, version) for domain, version in opsets]
    return make_model(built, opset_imports=versions, ir_version=IR_VERSION, **more)


def onnx_of(nodes: Sequence[NodeProto], **described: Any) -> bytes:
    """The file of a model of these nodes; see ``graph``."""
    file: bytes = model_of(graph(nodes, **described)).SerializeToString()
    return file


def older_than(years: float) -> bytes:
    """Answers 1 where the column age is above ``years``, and else 0."""
    return onnx_of(
        [node("Greater", ["age", "years"], ["older"]), node("Cast", ["older"], to=TensorProto.INT64)],
        output=given("y", TensorProto.INT64, ("rows", 1)),
        constants={"years": np.float32(years)},
    )
