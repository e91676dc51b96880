"""ONNX models over the API: a part of one multipart request; what is no model is refused with what to send instead."""

import hashlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from bounty.models import Team
from scoring.sandbox.limits import MAX_MODEL_BYTES
from submissions.models import Artifact, Submission
from tests.api.conftest import WOMEN, problem
from tests.onnx_files import older_than

MODEL = older_than(40)


def part(data: bytes = MODEL, name: str = "patch.onnx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_a_model_is_a_part_of_the_one_request(as_alice: APIClient, team: Team, at: str) -> None:
    response = as_alice.post(f"{at}/submissions", WOMEN | {"patch_model": part()}, format="multipart")
    assert response.status_code == 201, response.content
    patch = response.json()["patch"]
    assert (patch["kind"], patch["source_sha256"]) == ("onnx", hashlib.sha256(MODEL).hexdigest())


def test_json_has_no_way_to_hold_a_model(as_alice: APIClient, team: Team, at: str) -> None:
    body = problem(
        as_alice.post(f"{at}/submissions", WOMEN | {"patch_model": "AAAA"}, format="json"), 422, "INVALID_INPUT"
    )
    assert body["field"] == "patch_model"
    assert "multipart/form-data" in body["detail"]


@pytest.mark.parametrize("other", [{"patch_source": "def fit(X, y): ..."}, {"patch_column": "a"}])
def test_a_patch_has_one_form(as_alice: APIClient, team: Team, at: str, other: dict[str, str]) -> None:
    files: dict[str, Any] = WOMEN | other | {"patch_model": part()}
    body = problem(as_alice.post(f"{at}/submissions", files, format="multipart"), 422, "INVALID_INPUT")
    assert body["field"] == "patch_model"


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("PICKLE_REFUSED", b"\x80\x04cposix\nsystem\n"),
        ("MODEL_FORMAT_REFUSED", b"\x89HDF\r\n\x1a\n" + bytes(20)),
        ("MODEL_FORMAT_REFUSED", b'<?xml version="1.0"?><PMML version="4.4">'),
        ("MODEL_FORMAT_REFUSED", b"tree\nversion=v4\n"),
        ("MODEL_FORMAT_REFUSED", b'{"learner":{}}'),
        ("MODEL_NOT_ONNX", MODEL[:-1]),
        ("MODEL_EMPTY", b""),
        ("MODEL_TOO_LARGE", MODEL.ljust(MAX_MODEL_BYTES + 1, b"\0")),
    ],
)
def test_what_is_no_model_is_refused_and_nothing_is_stored(
    as_alice: APIClient, team: Team, at: str, code: str, data: bytes
) -> None:
    files = WOMEN | {"patch_model": part(data)}
    body = problem(as_alice.post(f"{at}/submissions", files, format="multipart"), 422, code)
    assert (body["field"], body["fault"]) == ("patch_model", "entrant")
    assert not any(kept.objects.exists() for kept in (Submission, Artifact))
    assert as_alice.post(f"{at}/submissions", WOMEN | {"patch_model": part()}, format="multipart").status_code == 201


OTHERS = (b"\x89HDF\r\n\x1a\n", b"tree\nversion=v4\n", b'{"learner":{}}', b"PK\x03\x04schema.json")


@pytest.mark.parametrize("data", OTHERS)
def test_as_source_they_are_refused_too(as_alice: APIClient, team: Team, at: str, data: bytes) -> None:
    files = WOMEN | {"patch_source": part(data, "patch.py")}
    response = as_alice.post(f"{at}/submissions", files, format="multipart")
    assert response.json()["code"] in {"MODEL_FORMAT_REFUSED", "PICKLE_REFUSED"}
    good = WOMEN | {"patch_source": part(b"def fit(X, y): ...\n", "patch.py")}
    assert as_alice.post(f"{at}/submissions", good, format="multipart").status_code == 201
