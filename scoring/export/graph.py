"""ONNX files written node by node, with nothing but numpy: protobuf's wire format, of the few messages that are needed.

Written by hand so that whoever hunts needs no library of ONNX. Message numbers are those of onnx.proto (IR version 9).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

IR_VERSION: Final = 9
OPSETS: Final = {"": 17, "ai.onnx.ml": 3}
FLOAT, INT64, STRING, BOOL, DOUBLE = 1, 7, 8, 9, 11  # TensorProto.DataType
_KINDS: Final = {"float32": FLOAT, "int64": INT64, "bool": BOOL, "float64": DOUBLE}
_ATTRIBUTE_INT, _ATTRIBUTE_STRING, _ATTRIBUTE_INTS, _ATTRIBUTE_STRINGS = 2, 3, 7, 8
_ML: Final = frozenset({"LabelEncoder"})


class Graph:
    """A graph under construction; every method returns the name of what it added.

    Example:
        >>> graph = Graph()
        >>> age = graph.given("age", DOUBLE)
        >>> older = graph.add("Greater", age, graph.constant(np.array(65.0)))
        >>> file = graph.file(older, BOOL, axes=1)
        >>> file[:2].hex()
        '0809'
    """

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._inputs: dict[str, bytes] = {}
        self._columns: dict[str, str] = {}
        self._held: dict[tuple[str, bytes, tuple[int, ...]], str] = {}
        self._names = 0
        self._opsets = dict(OPSETS)
        self._ir_version = IR_VERSION

    def given(self, column: str, kind: int) -> str:
        """The input named after a column, ``[rows, 1]``, as ``[rows]``; declared when it is first asked for."""
        if column not in self._columns:
            self._inputs[column] = _declared(column, kind, axes=2)
            self._columns[column] = self.add("Reshape", column, self.constant(np.array([-1])))
        return self._columns[column]

    def constant(self, value: NDArray[Any]) -> str:
        """A tensor of float64, float32, int64, bool, or of strings."""
        value = np.asarray(value)
        key = (
            str(value.dtype),
            repr(value.tolist()).encode() if value.dtype.kind in "OU" else value.tobytes(),
            value.shape,
        )
        if key not in self._held:
            self._held[key] = self._name("c")
            self._constants.append(_tensor(self._held[key], value))
        return self._held[key]

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """A node of that kind with one output."""
        return self.add_named(self._name("v"), kind, *inputs, **attributes)

    def add_named(self, output: str, kind: str, *inputs: str, **attributes: Any) -> str:
        """The same, with the output's name given."""
        parts = [_text(1, name) for name in inputs] + [_text(2, output), _text(4, kind)]
        parts += [_sized(5, _attribute(name, value)) for name, value in attributes.items()]
        if kind in _ML:
            parts.append(_text(7, "ai.onnx.ml"))
        self._nodes.append(b"".join(parts))
        return output

    def prefix(self) -> str:
        """What no other name begins with, for the names of a graph that is to be adopted."""
        return f"{self._name('p')}~"

    def adopt(
        self, nodes: Sequence[bytes], tensors: Sequence[bytes], *, opsets: Mapping[str, int], ir_version: int
    ) -> None:
        """Nodes and constants of another file, serialised, whose names begin with a `prefix` of this graph."""
        self._nodes += nodes
        self._constants += tensors
        for domain, number in opsets.items():
            self._opsets[domain] = max(number, self._opsets.get(domain, 0))
        self._ir_version = max(ir_version, self._ir_version)

    def file(self, output: str, kind: int, *, axes: int, note: str = "") -> bytes:
        """The file whose one output is ``output``, named ``answer``: of one axis, or 0 for ``[rows, classes]``."""
        last = b"".join([_text(1, output), _text(2, "answer"), _text(4, "Identity")])
        graph = b"".join(
            [
                *(_sized(1, node) for node in [*self._nodes, last]),
                _text(2, "hosted_model"),
                *(_sized(5, tensor) for tensor in self._constants),
                *(_sized(11, declared) for declared in self._inputs.values()),
                _sized(12, _declared("answer", kind, axes=axes)),
            ]
        )
        opsets = [
            _sized(8, (_text(1, domain) if domain else b"") + _whole(2, number))
            for domain, number in self._opsets.items()
        ]
        head = _whole(1, self._ir_version) + _text(2, "bounty") + (_text(6, note) if note else b"")
        return head + _sized(7, graph) + b"".join(opsets)

    def _name(self, kind: str) -> str:
        self._names += 1
        return f"{kind}~{self._names}"


def _declared(name: str, kind: int, *, axes: int) -> bytes:
    free = _sized(1, _text(2, "rows"))
    shape = free + {1: b"", 2: _sized(1, _whole(1, 1)), 0: _sized(1, _text(2, "classes"))}[axes]
    return _text(1, name) + _sized(2, _sized(1, _whole(1, kind) + _sized(2, shape)))


def _tensor(name: str, value: NDArray[Any]) -> bytes:
    dims = b"".join(_whole(1, size) for size in value.shape)
    if value.dtype.kind in "OU":
        words = b"".join(_sized(6, str(word).encode()) for word in value.ravel().tolist())
        return dims + _whole(2, STRING) + words + _text(8, name)
    raw = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<")).tobytes()
    return dims + _whole(2, _KINDS[str(value.dtype)]) + _text(8, name) + _sized(9, raw)


def _attribute(name: str, value: int | str | Sequence[int] | Sequence[str]) -> bytes:
    if isinstance(value, int):
        return _text(1, name) + _whole(3, value) + _whole(20, _ATTRIBUTE_INT)
    if isinstance(value, str):
        return _text(1, name) + _text(4, value) + _whole(20, _ATTRIBUTE_STRING)
    if all(isinstance(item, str) for item in value):
        return _text(1, name) + b"".join(_text(9, str(item)) for item in value) + _whole(20, _ATTRIBUTE_STRINGS)
    return _text(1, name) + b"".join(_whole(8, int(item)) for item in value) + _whole(20, _ATTRIBUTE_INTS)


def _whole(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _text(number: int, value: str) -> bytes:
    return _sized(number, value.encode())


def _sized(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1  # a negative number is written as its two's complement
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
