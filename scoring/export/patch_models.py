"""A patch's own ONNX file as a part of a larger graph: fed as the sandbox feeds it, read as the sandbox reads it.

What is done here is renaming and joining; nothing of the file is run.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import TensorProto, compose, version_converter

from scoring.export.errors import PatchFileError
from scoring.export.graph import DOUBLE, INT64, OPSETS, STRING, Graph
from scoring.export.input_names import columns_of_input
from scoring.export.onnx_columns import GivenColumns

Label = str | int | float
ZIP_MAP: Final = "ZipMap"
DOMAINS: Final = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
NEWEST_ML: Final = 4  # of the operators of trees; the next version takes them back


def embedded(given: GivenColumns, file: bytes, labels: Sequence[Label], *, name: str) -> str:
    """The file's answers ``[rows]``: class numbers (int64), or, without ``labels``, real values (double).

    Raises:
        PatchFileError: for a file that fixes its number of rows, keeps data or operators outside the common ones, or
            whose output does not say what it is.
    """
    model = _read(file, name)
    prefix = given.graph.prefix()
    model = compose.add_prefix(model, prefix)
    held = {tensor.name for tensor in model.graph.initializer}
    for put in model.graph.input:
        if put.name not in held:
            _feed(given, put, put.name.removeprefix(prefix), name)
    output, order = _first_output(model, name)
    given.graph.adopt(
        [node.SerializeToString() for node in model.graph.node],
        [tensor.SerializeToString() for tensor in model.graph.initializer],
        opsets={_domain(known.domain): known.version for known in model.opset_import},
        ir_version=model.ir_version,
    )
    return _answers(given.graph, output, order, labels, name)


def _read(file: bytes, name: str) -> Any:
    try:
        model = onnx.load_model_from_string(file)
    except DecodeError as error:
        raise PatchFileError(f"The file of {name} cannot be read as ONNX.") from error
    outside = any(tensor.data_location == TensorProto.EXTERNAL for tensor in model.graph.initializer)
    versions = {_domain(known.domain): known.version for known in model.opset_import}
    if outside or model.functions or model.graph.sparse_initializer or not set(versions) <= DOMAINS:
        raise PatchFileError(f"The file of {name} holds functions, operators or data that cannot be joined to others.")
    if versions.get("ai.onnx.ml", 1) > NEWEST_ML:
        raise PatchFileError(f"The file of {name} uses a version of ai.onnx.ml after {NEWEST_ML}.")
    if versions.get("", OPSETS[""]) == OPSETS[""]:
        return model
    try:
        return version_converter.convert_version(model, OPSETS[""])
    except (RuntimeError, ValueError) as error:
        raise PatchFileError(f"The file of {name} cannot be brought to operator set {OPSETS['']}.") from error


def _domain(name: str) -> str:
    return "" if name == "ai.onnx" else name


def _feed(given: GivenColumns, put: Any, called: str, name: str) -> None:
    """Nodes that make the input from the columns it is named after, or from all of its kind."""
    graph, tensor = given.graph, put.type.tensor_type
    axes = list(tensor.shape.dim)
    if len(axes) not in (1, 2) or (axes and axes[0].dim_value):
        raise PatchFileError(f"The file of {name} fixes its number of rows, or has more than two axes.")
    of_text = tensor.elem_type == TensorProto.STRING
    columns = columns_of_input(called, {column: kind == "text" for column, kind in given.kinds.items()}, of_text)
    values = [given.text(column) if of_text else given.number(column) for column in columns]
    if not of_text and tensor.elem_type != DOUBLE:
        values = [graph.add("Cast", value, to=tensor.elem_type) for value in values]
    if len(axes) == 1:
        graph.add_named(put.name, "Identity", values[0])
    else:
        graph.add_named(put.name, "Concat", *(given.as_column(value) for value in values), axis=1)


def _first_output(model: Any, name: str) -> tuple[Any, list[Label] | None]:
    """The first output's declaration; of a ZipMap its scores, with the order of their labels."""
    output = model.graph.output[0]
    for node in model.graph.node:
        if node.output[0] == output.name and node.op_type == ZIP_MAP:
            order = _zipped(node)
            model.graph.node.remove(node)
            scores = onnx.helper.make_tensor_value_info(node.input[0], TensorProto.FLOAT, ["rows", len(order)])
            return scores, order
    if not output.type.HasField("tensor_type") or not output.type.tensor_type.HasField("shape"):
        raise PatchFileError(f"The first output of the file of {name} does not declare its shape.")
    return output, None


def _zipped(node: Any) -> list[Label]:
    """The labels of a ZipMap, in the order of its scores."""
    listed = {attribute.name: attribute for attribute in node.attribute}
    if "classlabels_strings" in listed:
        return [item.decode() for item in listed["classlabels_strings"].strings]
    return list(listed["classlabels_int64s"].ints)


def _answers(graph: Graph, output: Any, order: list[Label] | None, labels: Sequence[Label], name: str) -> str:
    tensor = output.type.tensor_type
    axes = tensor.shape.dim
    wide = len(axes) == 2 and axes[1].dim_value != 1
    found = output.name if wide else graph.add("Reshape", output.name, graph.constant(np.array([-1])))
    if tensor.elem_type == STRING:
        table = {"keys_strings": [str(label) for label in labels], "values_int64s": list(range(len(labels)))}
        return graph.add("LabelEncoder", found, **table, default_int64=0)
    if tensor.elem_type != DOUBLE:
        found = graph.add("Cast", found, to=DOUBLE)
    if not labels:
        return found
    if wide:
        found = found if order is None else _in_order(graph, found, order, labels, name)
        return graph.add("ArgMax", found, axis=1, keepdims=0)
    return _numbers(graph, found, labels, floats=tensor.elem_type in _FLOATS)


_FLOATS: Final = frozenset({TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16})


def _in_order(graph: Graph, scores: str, order: list[Label], labels: Sequence[Label], name: str) -> str:
    """The columns of scores in the order of the labels, which may be named by their numbers."""
    numbers = list(range(len(labels)))
    known: list[Label] = list(labels) if set(order) <= set(labels) else [*numbers]
    if set(order) != set(known):
        raise PatchFileError(f"The file of {name} scores other labels than the competition's.")
    places = np.array([order.index(label) for label in known])
    return graph.add("Gather", scores, graph.constant(places), axis=1)


def _numbers(graph: Graph, found: str, labels: Sequence[Label], *, floats: bool) -> str:
    """Labels, class numbers or chances of the second class, as class numbers."""
    are_text = all(isinstance(label, str) for label in labels)
    if floats and len(labels) == 2 and (are_text or set(labels) == {0, 1}):
        return graph.add("Cast", graph.add("Greater", found, graph.constant(np.array(0.5))), to=INT64)
    if are_text:
        return graph.add("Cast", found, to=INT64)
    total = graph.add("Mul", graph.add("Cast", found, to=INT64), graph.constant(np.array(0)))
    for place, label in enumerate(labels):
        hit = graph.add("Cast", graph.add("Equal", found, graph.constant(np.array(float(label)))), to=INT64)
        total = graph.add("Add", total, graph.add("Mul", hit, graph.constant(np.array(place))))
    return total
