"""What a page, a form or a request asks for, checked and turned into what a submission stores."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from bounty.errors import Invalid
from bounty.models import Competition, DataColumn
from scoring.losses import Task
from scoring.predicates import ColumnType, Predicate, PredicateError, Schema, check, parse
from submissions.intake.files import check_model, check_source
from submissions.models import Submission

GroupKind = Submission.GroupKind
PatchKind = Submission.PatchKind


@dataclass(frozen=True)
class SubmitRequest:
    """One submission as asked for: exactly one form of group, and one form of patch."""

    group_kind: str
    patch_kind: str = PatchKind.PLATFORM
    predicate_text: str = ""
    group_source: bytes = b""
    patch_column: str = ""
    patch_source: bytes = b""
    patch_model: bytes = b""
    title: str = ""
    note: str = ""


def digest_of(request: SubmitRequest) -> str:
    """The sha256 of everything asked for; equal requests, and no others, have equal digests."""
    model = hashlib.sha256(request.patch_model).digest()  # written out, a model would be four times as long
    return hashlib.sha256(repr(replace(request, patch_model=model)).encode()).hexdigest()


@dataclass(frozen=True)
class Prepared:
    """The request after every check that needs no lock."""

    predicate: Any
    group_text: str
    group_source: bytes
    patch_file: bytes  # Python source or an ONNX model


def prepare(competition: Competition, request: SubmitRequest) -> Prepared:
    """Check the request against the competition; raises ``Invalid`` with a code, a sentence and the field."""
    if request.patch_kind not in offered_patches(competition):
        raise Invalid("PATCH_KIND_NOT_OFFERED", _not_offered(competition, request.patch_kind), field="patch_kind")
    if request.patch_kind == PatchKind.ROUTE and request.patch_column not in competition.candidate_columns:
        known = ", ".join(competition.candidate_columns)
        raise Invalid("UNKNOWN_CANDIDATE", f"Choose one of the candidate columns: {known}.", field="patch_column")
    patch_file = _patch_file(request)
    if request.group_kind == GroupKind.PREDICATE:
        predicate = parse_predicate(competition, request.predicate_text)
        return Prepared(predicate.to_json(), predicate.to_text(), b"", patch_file)
    if request.group_kind != GroupKind.PYTHON:
        raise Invalid("UNKNOWN_GROUP_KIND", "A group is a predicate or Python source.", field="group_kind")
    source = check_source(request.group_source, field="group_source")
    return Prepared(None, "def group(X)", source, patch_file)


def _patch_file(request: SubmitRequest) -> bytes:
    if request.patch_kind == PatchKind.PYTHON:
        return check_source(request.patch_source, field="patch_source")
    if request.patch_kind == PatchKind.ONNX:
        return check_model(request.patch_model, field="patch_model")
    return b""


def offered_patches(competition: Competition) -> tuple[str, ...]:
    """The forms of patch this competition takes."""
    offered = [PatchKind.PLATFORM.value]
    if competition.candidate_columns:
        offered.append(PatchKind.ROUTE.value)
    if competition.task != Task.TRANSCRIPTION:
        offered += [PatchKind.PYTHON.value, PatchKind.ONNX.value]
    return tuple(offered)


def _not_offered(competition: Competition, kind: str) -> str:
    offered = " or ".join(offered_patches(competition))
    return f"This competition does not take a patch of the kind {str(kind)!r}; send {offered}."


def parse_predicate(competition: Competition, text: str) -> Predicate:
    """The predicate of that text, checked against the competition's columns."""
    try:
        predicate = parse(text)
        check(predicate, schema(competition))
    except PredicateError as error:
        raise Invalid(error.code, error.message, field="predicate", position=error.position) from error
    return predicate


def schema(competition: Competition) -> Schema:
    """The competition's feature columns and what they hold."""
    columns = competition.data_columns.filter(role=DataColumn.Role.FEATURE).values_list("name", "kind")
    return {name: ColumnType(kind) for name, kind in columns}
