"""ONNX files as patches: what is taken at the door, judged for real, stored as judged, and who may fetch it."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from bounty import arrays
from bounty.actions.import_bundle import import_bundle
from bounty.actions.join_competition import join_competition
from bounty.actions.publish_competition import publish_competition
from bounty.errors import BountyError
from bounty.models import Team, User
from submissions.artifacts import read
from submissions.models import Artifact, QueryBudget, Submission, Verdict
from submissions.states import Status
from tests.bounty.bundles import SmallBundle, real_bundle, small_bundle
from tests.onnx_files import given, node, older_than, onnx_of
from tests.pages import signed_in, words
from tests.submissions.conftest import Send

YOUNG = "age_band == '18-24'"
ONNX: dict[str, Any] = {"patch_kind": "onnx", "patch_model": older_than(40)}


def test_the_file_is_kept_once_by_its_sha256(send: Send) -> None:
    first, second = send(YOUNG, **ONNX), send("age_band == '25-34'", **ONNX)
    assert first.patch_source == second.patch_source
    assert first.patch_source_id == hashlib.sha256(ONNX["patch_model"]).hexdigest()
    assert read(Artifact.objects.get()) == ONNX["patch_model"]


def test_the_same_key_with_another_model_is_refused(send: Send) -> None:
    first = send(YOUNG, key="k1", **ONNX)
    assert send(YOUNG, key="k1", **ONNX) == first
    with pytest.raises(BountyError, match="IDEMPOTENCY_MISMATCH"):
        send(YOUNG, key="k1", **ONNX | {"patch_model": older_than(41)})


@pytest.mark.sandbox
def test_a_model_is_scored_on_hidden_rows_and_none_of_its_words_are_kept(judged: Send) -> None:
    submission = judged(YOUNG, **ONNX)
    verdict = Verdict.objects.get(submission=submission)
    assert (submission.status, verdict.code, verdict.log) == (Status.SCORED, "SCORED", ""), verdict.sentence
    assert set(arrays.load(submission.hidden_answers).tolist()) == {0, 1}


FAULTY: list[tuple[str, str, bytes]] = [
    ("INVALID_MODEL", "input 'sex' wants numbers", onnx_of([node("Identity", ["sex"])], inputs=[given("sex")])),
    ("INVALID_OUTPUT", "not one of the labels", onnx_of(
        [node("Cast", ["age"], to=TensorProto.INT64)], output=given("y", TensorProto.INT64))),
    ("NOT_ROWWISE", "", onnx_of([node("RandomUniformLike", ["age"])], output=given("y"))),
]  # fmt: skip


@pytest.mark.sandbox
@pytest.mark.parametrize(("code", "said", "model"), FAULTY)
def test_a_faulty_model_is_the_entrant_s_to_mend(code: str, said: str, model: bytes, judged: Send) -> None:
    submission = judged(YOUNG, patch_kind="onnx", patch_model=model)
    verdict = Verdict.objects.get(submission=submission)
    assert (submission.status, verdict.code, verdict.owner) == (Status.REFUSED, code, "entrant")
    assert said in verdict.sentence
    assert submission.hidden_answers == ""


Opened = Callable[[SmallBundle], Team]


@pytest.fixture
def opened(olga: User, alice: User) -> Opened:
    """A competition of the bundle, open, and Alice's team in it."""

    def opens(bundle: SmallBundle) -> Team:
        competition = import_bundle(bundle.write(), organiser=olga)
        publish_competition(competition, by=olga)
        competition.refresh_from_db()
        return join_competition(competition, user=alice, team_name="Alice's")

    return opens


PYTHON = b"def fit(X, y):\n    return None\n\ndef predict(model, X):\n    return %s\n"


@pytest.mark.sandbox
@pytest.mark.parametrize("form", ["onnx", "python"])
def test_real_values_are_scored(opened: Opened, judged: Send, tmp_path: Path, form: str) -> None:
    model = onnx_of([node("Mul", ["age", "half"])], output=given("y"), constants={"half": np.float32(0.5)})
    fields = {"patch_model": model} if form == "onnx" else {"patch_source": PYTHON % b"X['age'] / 2"}
    submission = judged("sex == 'F'", to=opened(real_bundle(tmp_path / "b")), patch_kind=form, **fields)
    verdict = Verdict.objects.get(submission=submission)
    assert verdict.code == "SCORED", verdict.sentence
    assert arrays.load(submission.public_answers).dtype == np.float64


@pytest.mark.sandbox
@pytest.mark.parametrize("form", ["onnx", "python"])
def test_one_of_several_classes_is_scored(opened: Opened, judged: Send, tmp_path: Path, form: str) -> None:
    scores = onnx_of(
        [node("Sub", ["age", "middles"], ["off"]), node("Abs", ["off"], ["far"]), node("Neg", ["far"])],
        output=given("y", shape=("rows", 3)),
        constants={"middles": np.array([[65, 45, 20]], "f4")},
    )
    nearest = PYTHON % b"-abs(X[['age']].to_numpy() - [[65, 45, 20]])"
    fields = {"patch_model": scores} if form == "onnx" else {"patch_source": nearest}
    submission = judged("sex == 'F'", to=opened(three_classes(tmp_path / "b")), patch_kind=form, **fields)
    verdict = Verdict.objects.get(submission=submission)
    assert verdict.code == "SCORED", verdict.sentence
    assert set(arrays.load(submission.hidden_answers).tolist()) == {0, 1, 2}


def three_classes(folder: Path) -> SmallBundle:
    """The same people, sorted into three classes by a number that grows with age."""
    bundle = small_bundle(folder)
    rng = np.random.default_rng(8)
    for frame in bundle.frames.values():
        seen = frame["age"] + rng.normal(0, 8, len(frame))
        frame["defaulted"] = np.select([seen < 35, seen < 55], ["young", "middle"], "elder")
    bundle.manifest |= {"task": "multiclass_classification"}
    del bundle.manifest["positive_label"]
    return bundle


REFUSED: list[tuple[str, str, bytes]] = [
    ("MODEL_EMPTY", "Send the ONNX file", b""),
    ("MODEL_NOT_ONNX", "not an ONNX model", b"def fit(X, y): ..."),
    ("MODEL_NOT_ONNX", "not an ONNX model", older_than(40)[:-1]),
    ("MODEL_NOT_ONNX", "not an ONNX model", bytes(5000)),
]


@pytest.mark.parametrize(("code", "said", "model"), REFUSED)
def test_what_is_no_onnx_file_is_refused_and_nothing_is_stored(send: Send, code: str, said: str, model: bytes) -> None:
    with pytest.raises(BountyError, match=said) as refusal:
        send(YOUNG, **ONNX | {"patch_model": model})
    assert (refusal.value.code, refusal.value.field, refusal.value.fault) == (code, "patch_model", "entrant")
    assert not any(kept.objects.exists() for kept in (Submission, Artifact, QueryBudget))
    assert send(YOUNG, **ONNX).status == Status.QUEUED


def test_a_model_sent_as_source_is_told_where_models_go(send: Send) -> None:
    model = onnx_of([node("Mul", ["age", "half"])], output=given("y"), constants={"half": np.float32(0.7)})
    with pytest.raises(BountyError, match="patch_model") as refusal:
        send(YOUNG, patch_kind="python", patch_source=model)
    assert (refusal.value.code, refusal.value.field) == ("SOURCE_IS_MODEL", "patch_source")
    assert send(YOUNG, patch_kind="onnx", patch_model=model).status == Status.QUEUED


def test_its_team_and_the_organiser_may_fetch_the_model_and_nobody_else(
    send: Send, alice: User, olga: User, charlie: User
) -> None:
    submission = send(YOUNG, **ONNX)
    at = f"/submissions/{submission.pk}/patch.onnx"
    answers = [signed_in(user).get(at) for user in (alice, olga, charlie)]
    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert answers[0].content == ONNX["patch_model"]
    assert answers[0]["Content-Disposition"] == f'attachment; filename="patch-{submission.pk}.onnx"'


def test_a_model_is_no_source_and_source_is_no_model(send: Send, alice: User) -> None:
    model, source = send(YOUNG, **ONNX), send(YOUNG, patch_kind="python", patch_source=PYTHON % b"[0]")
    as_alice = signed_in(alice)
    at = "/submissions/{}/patch.{}".format
    assert as_alice.get(at(model.pk, "py")).status_code == 404
    assert as_alice.get(at(source.pk, "onnx")).status_code == 404
    assert as_alice.get(at(source.pk, "py")).status_code == 200


def test_the_page_says_what_was_sent_and_links_to_it(send: Send, alice: User) -> None:
    submission = send(YOUNG, **ONNX)
    page = signed_in(alice).get(f"/submissions/{submission.pk}/")
    assert f"the ONNX model of submission {submission.pk}" in words(page)
    assert f'href="/submissions/{submission.pk}/patch.onnx"' in page.content.decode()
    assert "Patch model" in words(page)
    assert submission.patch_source_id in words(page)
