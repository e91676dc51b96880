"""The API's reference: every endpoint and every form of data, drawn on the server from the OpenAPI document."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Final

import yaml
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from bounty.api.document import as_yaml

Json = dict[str, Any]
_PLACES: Final = {"path": "address", "query": "after ?", "header": "header"}


@dataclass(frozen=True)
class Part:
    """A word of a type; where it names a form of data, that form's name."""

    words: str
    form: str = ""


@dataclass(frozen=True)
class Field:
    """A parameter, or a key of a form of data."""

    name: str
    type: list[Part]
    note: str  # what it must be beside its type
    description: str


@dataclass(frozen=True)
class Body:
    """What is sent, or what is answered, in one media type."""

    status: str  # of an answer
    media_type: str
    type: list[Part]
    description: str


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    summary: str
    description: str
    is_open: bool  # to whoever shows no token
    parameters: list[Field]
    takes: list[Body]
    answers: list[Body]
    refusals: list[str]


@dataclass(frozen=True)
class Section:
    title: str
    slug: str
    operations: list[Operation]


@dataclass(frozen=True)
class Form:
    """A form of data by its name: its keys, or what it is if it has none."""

    name: str
    description: str
    type: list[Part]
    fields: list[Field]


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Every endpoint, what it takes and every way it answers."""
    return render(request, "docs/reference.html", {"area": "docs", **_drawn()})


@cache
def _drawn() -> dict[str, Any]:
    document: Json = yaml.load(as_yaml(), yaml.CSafeLoader)
    listed: defaultdict[str, list[Operation]] = defaultdict(list)
    refusals: dict[str, str] = {}
    for path, methods in document["paths"].items():
        for method, found in methods.items():
            listed[found["tags"][0]].append(_operation(path, method, found))
            refusals |= {status: one["description"] for status, one in _refused(found).items()}
    schemas = document["components"]["schemas"]
    return {
        "sections": [Section(title, slugify(title), listed[title]) for title in sorted(listed)],
        "refusals": [(status, HTTPStatus(int(status)).phrase, refusals[status]) for status in sorted(refusals)],
        "forms": [_form(name, schemas[name]) for name in sorted(schemas)],
    }


def _operation(path: str, method: str, found: Json) -> Operation:
    return Operation(
        name=found["operationId"],
        method=method.upper(),
        path=path,
        summary=found["summary"],
        description=found["description"],
        is_open={} in found.get("security", [{}]),
        parameters=[_parameter(one) for one in found.get("parameters", [])],
        takes=[*_bodies("", found.get("requestBody", {}))],
        answers=[b for status, one in found["responses"].items() if status < "400" for b in _bodies(status, one)],
        refusals=[*_refused(found)],
    )


def _refused(found: Json) -> dict[str, Json]:
    return {status: one for status, one in found["responses"].items() if status >= "400"}


def _parameter(found: Json) -> Field:
    note = ", ".join([_PLACES[found["in"]], *(["required"] if found.get("required") else [])])
    return Field(found["name"], [*_parts(found["schema"])], note, found.get("description", ""))


def _bodies(status: str, found: Json) -> Iterator[Body]:
    """One for each media type; a single one without, where nothing follows the headers."""
    described = found.get("description", "")
    for media_type, content in found.get("content", {}).items():
        yield Body(status, media_type, [*_parts(content.get("schema", {}))], described)
    if status and not found.get("content"):
        yield Body(status, "", [], described)


def _form(name: str, schema: Json) -> Form:
    required = schema.get("required", [])
    fields = [
        Field(key, [*_parts(one)], "required" if key in required else "", one.get("description", ""))
        for key, one in schema.get("properties", {}).items()
    ]
    return Form(name, schema.get("description", ""), [] if fields else [*_parts(schema)], fields)


def _parts(schema: Json) -> Iterator[Part]:
    """The type in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield Part(name, name)
    elif choices := schema.get("oneOf") or schema.get("allOf"):
        for i, choice in enumerate(choices):
            yield from ([Part(" or ")] if i else [])
            yield from _parts(choice)
    elif "enum" in schema:
        yield Part(" or ".join("nothing" if one in {"", None} else str(one) for one in schema["enum"]))
    elif schema.get("type") == "array":
        yield Part("list of ")
        yield from _parts(schema["items"])
    else:
        yield Part(_plain(schema))


def _plain(schema: Json) -> str:
    kinds = schema.get("type", "anything")
    words = [kinds] if isinstance(kinds, str) else [*kinds]
    words[0] = {"date-time": "time", "uri": "address", "binary": "file"}.get(schema.get("format", ""), words[0])
    return " or ".join([*words, *(["null"] if schema.get("nullable") else [])])
