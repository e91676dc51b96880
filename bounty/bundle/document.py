"""competition.yaml as plain values with line numbers: no aliases, tags or repeated keys; bounded in size and depth."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import yaml

from bounty.bundle.faults import BundleFault

NAME: Final = "competition.yaml"
MAX_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 12
MAX_NODES: Final = 5_000
Key = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """The values of the file, and the line each key stands on."""

    values: dict[str, object] = field(default_factory=dict)
    lines: dict[Key, int] = field(default_factory=dict)

    def line(self, key: Key) -> int:
        """The line of ``key``, or of the nearest thing around it."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 0)


class _PlainLoader(yaml.SafeLoader):
    """Only true and false are truth values (a label may be called no), and a date stays text."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp", ":merge"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|True|false|False)$"), list("tTfF"))


def read(data: bytes) -> tuple[Document, list[BundleFault]]:
    """Parse the bytes of competition.yaml; what cannot be read is a fault and an empty document."""
    if len(data) > MAX_BYTES:
        return Document(), [_fault("YAML_TOO_LARGE", f"The file is larger than {MAX_BYTES // 1024} KiB.")]
    try:
        text = data.decode("utf-8")
        if fault := _bomb(text):
            return Document(), [fault]
        root = yaml.compose(text, Loader=_PlainLoader)
    except UnicodeDecodeError:
        return Document(), [_fault("YAML_UNREADABLE", "The file is not UTF-8 text.")]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be read"
        return Document(), [_fault("YAML_UNREADABLE", f"This is not YAML: {problem}.", mark.line + 1 if mark else 0)]
    if not isinstance(root, yaml.MappingNode):
        return Document(), [_fault("YAML_UNREADABLE", "The file must be a list of keys and values.")]
    return _build(root)


def _bomb(text: str) -> BundleFault | None:
    """Anchors and aliases (which multiply), tags, and depth, seen in the events before anything is built."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_PlainLoader)):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            return _fault("YAML_ALIAS", "Anchors and aliases are not taken; write the value out.", line)
        if getattr(event, "tag", None):
            return _fault("YAML_TAG", "Tags are not taken; write a plain value.", line)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH or count > MAX_NODES:
            return _fault("YAML_TOO_LARGE", f"More than {MAX_DEPTH} levels or {MAX_NODES:,} values.", line)
    return None


def _build(root: yaml.MappingNode) -> tuple[Document, list[BundleFault]]:
    document, faults = Document(), []
    for key, node, repeated in _walk(root, ()):
        if repeated:
            faults.append(_fault("YAML_KEY_TWICE", "This key is given twice.", node.start_mark.line + 1, key))
        document.lines[key] = node.start_mark.line + 1
    try:
        document.values.update(_PlainLoader("").construct_document(root))
    except (yaml.YAMLError, TypeError, ValueError) as error:
        return Document(), [_fault("YAML_UNREADABLE", f"A value cannot be read: {error}.")]
    return document, faults


def _walk(node: yaml.Node, key: Key) -> Iterator[tuple[Key, yaml.Node, bool]]:
    """Every key with the node that names it, and whether it was there before."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for name, value in node.value:
            label = name.value if isinstance(name, yaml.ScalarNode) else "?"  # any other key fails when it is built
            yield (*key, label), name, label in seen
            seen.add(label)
            yield from _walk(value, (*key, label))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*key, index), value, False
            yield from _walk(value, (*key, index))


def _fault(code: str, sentence: str, line: int = 0, key: Key = ()) -> BundleFault:
    return BundleFault(NAME, line, ".".join(str(part) for part in key), code, sentence)
