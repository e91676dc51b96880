"""One version of a hosted model, ready to leave the house: its pointer decision list with everything that answers.

`module` writes it as one Python file, `onnx_file` as an ONNX model. Both answer as the platform does: decisions and
classes to the last bit, real values to 1e-9.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import numpy as np

from scoring.decision_list import EVERYONE, Leaf, Node
from scoring.export.errors import SourceError
from scoring.export.fitted import Fitted
from scoring.export.graph import BOOL, DOUBLE, INT64, STRING, Graph
from scoring.export.onnx_columns import GivenColumns
from scoring.export.onnx_fitted import fitted_answers
from scoring.export.onnx_groups import group_mask
from scoring.export.patch_models import embedded
from scoring.predicates import Predicate

_HERE: Final = "scoring.export"
_MARK: Final = 'MODEL: Stored = json.loads("{}")\n'


@dataclass(frozen=True)
class Source:
    """Python as it was sent: a group's, or a patch's, which is fitted with ``seed``."""

    text: str
    seed: int = 0


@dataclass(frozen=True)
class Model:
    """An ONNX file as it was sent, a patch."""

    file: bytes


@dataclass(frozen=True)
class ExportedPair:
    """A merged group and its patch; ``name`` says in a refusal which one it is."""

    name: str
    group: Predicate | Source
    patch: Fitted | Model | Source


@dataclass(frozen=True)
class ExportedVersion:
    """A version: ``kinds`` of each feature column (``number`` or ``text``), ``labels`` (empty for real values), the
    ``initial`` model and the merged ``pairs``. ``lists`` has the nodes, oldest first, of version ``number`` and of
    every version that a pointer in them names. ``title`` heads what is written."""

    title: str
    kinds: Mapping[str, str]
    labels: Sequence[str | int | float]
    initial: Fitted
    pairs: Sequence[ExportedPair]
    lists: Mapping[int, Sequence[Node]]
    number: int


def module(version: ExportedVersion) -> str:
    """The version as the text of one Python module, which needs numpy, pandas and scikit-learn.

    Groups and patches that are Python source stand in it as they were sent; ``fit`` with the public train rows refits
    the patches. A patch that is an ONNX file needs onnxruntime besides.
    """
    runtime = resources.files(_HERE).joinpath("runtime.py").read_text("utf-8")
    stored = json.dumps(_stored(version), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    head = f'"""{_plain(version.title)}\n\n' + runtime.removeprefix('"""')
    kind = "ClassifierMixin" if version.labels else "RegressorMixin"
    lines = head.replace("class HostedModel(BaseEstimator)", f"class HostedModel({kind}, BaseEstimator)")
    lines = lines.replace("from sklearn.base import BaseEstimator", f"from sklearn.base import BaseEstimator, {kind}")
    return lines.replace(_MARK, f"MODEL: Stored = json.loads({stored!r})\nHostedModel.model = MODEL\n")


def onnx_file(version: ExportedVersion) -> bytes:
    """The version as an ONNX model: an input a column, ``[rows, 1]``, numbers as doubles with NaN for missing and text
    as strings, empty for missing; one output, the labels or real values, ``[rows]``.

    Raises:
        SourceError: for a group or patch that is Python source.
        PatchFileError: for a patch whose own file cannot be made part of another.
    """
    given = GivenColumns(Graph(), dict(version.kinds))
    graph = given.graph
    answered = _Answers(given, version)
    last = answered.of(version.number)
    if not version.labels:
        return graph.file(last, DOUBLE, axes=1, note=version.title)
    found, kind = _labelled(graph, last, version.labels)
    return graph.file(found, kind, axes=1, note=version.title)


class _Answers:
    """The answers of each version, laid out once; a pointer reads those of the version that it names."""

    def __init__(self, given: GivenColumns, version: ExportedVersion) -> None:
        self._graph, self._lists = given.graph, version.lists
        self._masks = [group_mask(given, _predicate(pair).root) for pair in version.pairs]
        self._patches = [_patch(given, pair, version.labels) for pair in version.pairs]
        self._initial = fitted_answers(given, version.initial)
        self._known: dict[int, str] = {}

    def of(self, number: int) -> str:
        if number not in self._known:
            head = self._initial
            for node in self._lists[number]:
                other = self._patches[node.patch] if isinstance(node, Leaf) else self.of(node.version)
                everyone = node.group == EVERYONE
                head = other if everyone else self._graph.add("Where", self._masks[node.group], other, head)
            self._known[number] = head
        return self._known[number]


def _stored(version: ExportedVersion) -> dict[str, Any]:
    return {
        "title": version.title,
        "columns": dict(version.kinds),
        "labels": list(version.labels),
        "initial": version.initial,
        "pairs": [_stored_pair(pair, version) for pair in version.pairs],
        "lists": {str(number): [_stored_node(node) for node in nodes] for number, nodes in version.lists.items()},
        "number": version.number,
    }


def _stored_node(node: Node) -> list[Any]:
    return [node.group, "patch", node.patch] if isinstance(node, Leaf) else [node.group, "version", node.version]


def _stored_pair(pair: ExportedPair, version: ExportedVersion) -> dict[str, Any]:
    group = {"source": pair.group.text} if isinstance(pair.group, Source) else pair.group.to_json()["tree"]
    patch: Any = pair.patch
    if isinstance(patch, Source):
        patch = {"kind": "source", "source": patch.text, "seed": patch.seed}
    elif isinstance(patch, Model):
        patch = {"kind": "onnx", "file": base64.b64encode(_alone(pair, version)).decode()}
    return {"name": pair.name, "group": group, "patch": patch}


def _alone(pair: ExportedPair, version: ExportedVersion) -> bytes:
    """A patch's ONNX file behind the inputs and the output that all exported files have: class numbers or reals."""
    given = GivenColumns(Graph(), dict(version.kinds))
    return given.graph.file(_patch(given, pair, version.labels), INT64 if version.labels else DOUBLE, axes=1)


def _predicate(pair: ExportedPair) -> Predicate:
    if isinstance(pair.group, Source):
        raise SourceError(f"The group of {pair.name} is Python source, which no ONNX file can hold; take the module.")
    return pair.group


def _patch(given: GivenColumns, pair: ExportedPair, labels: Sequence[str | int | float]) -> str:
    """The patch's class numbers (int64) or real values (double)."""
    if isinstance(pair.patch, Source):
        raise SourceError(f"The patch of {pair.name} is Python source, which no ONNX file can hold; take the module.")
    if isinstance(pair.patch, Model):
        return embedded(given, pair.patch.file, labels, name=pair.name)
    return fitted_answers(given, pair.patch)


def _labelled(graph: Graph, codes: str, labels: Sequence[str | int | float]) -> tuple[str, int]:
    """The labels' own words in place of their numbers."""
    if all(isinstance(label, str) for label in labels):
        return graph.add("Gather", graph.constant(np.array(list(labels), dtype=object)), codes), STRING
    numbers = np.array(list(labels))
    if numbers.dtype == np.bool_:
        return graph.add("Gather", graph.constant(numbers), codes), BOOL
    whole = np.issubdtype(numbers.dtype, np.integer)
    held = graph.constant(numbers.astype(np.int64 if whole else np.float64))
    return graph.add("Gather", held, codes), INT64 if whole else DOUBLE


def _plain(title: str) -> str:
    return "".join(c for c in title if c.isprintable() and c not in '"\\')
