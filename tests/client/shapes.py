"""Whether an answer has the shape that the client's types say: every key, and of each the right kind of value.

An answer may have more than these: sites gain keys, and clients need not mind.
"""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints, is_typeddict


def differences(value: object, kind: Any, at: str = "answer", given: dict[Any, Any] | None = None) -> Iterator[str]:
    """What is missing or of another kind, each with its place."""
    kind = (given or {}).get(kind, kind) if isinstance(kind, TypeVar) else kind
    origin, parts = get_origin(kind), get_args(kind)
    if kind is Any:
        return
    if origin in (Union, UnionType):
        if all(list(differences(value, part, at, given)) for part in parts):
            yield f"{at} is {value!r}, not {kind}"
    elif is_typeddict(origin or kind):
        yield from _of_document(
            value, origin or kind, at, dict(zip(getattr(origin, "__parameters__", ()), parts, strict=True))
        )
    elif origin is list:
        yield from _of_list(value, parts[0], at, given)
    elif not isinstance(value, (float, int) if kind is float else origin or kind or NoneType):
        yield f"{at} is {value!r}, not {kind}"


def _of_list(value: object, kind: Any, at: str, given: dict[Any, Any] | None) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{at} is no list"
        return
    for place, row in enumerate(value):
        yield from differences(row, kind, f"{at}[{place}]", given)


def _of_document(value: object, kind: Any, at: str, given: dict[Any, Any]) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at} is no object"
        return
    for name, part in get_type_hints(kind).items():
        if name in value:
            yield from differences(value[name], part, f"{at}.{name}", given)
        elif name in kind.__required_keys__:
            yield f"{at}.{name} is missing"
