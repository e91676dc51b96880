"""A version leaves the house as a file: from the page and the API, for whom it is, with what it answered."""

import importlib.util
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client

from bounty import arrays, public_data
from bounty.actions.import_bundle import import_bundle
from bounty.actions.join_competition import join_competition
from bounty.actions.publish_competition import publish_competition
from bounty.errors import BountyError
from bounty.models import Competition, HostedModelVersion, Team, User
from submissions.actions.export_version import export_version
from submissions.exports import AT_ONCE, PLACES, answered
from submissions.models import Submission
from tests.bounty.bundles import small_bundle
from tests.onnx_files import older_than
from tests.pages import signed_in
from tests.scoring.test_export import fed
from tests.submissions.conftest import Send


@pytest.fixture
def loans(own_storage: None, olga: User, alice: User, tmp_path: Path) -> Competition:
    """A competition whose hosted model is a recipe; alice takes part."""
    bundle = small_bundle(tmp_path)
    bundle.manifest["rules"] |= {"require": ["underperformance"]}  # the platform's patch need not be better
    opened = publish_competition(import_bundle(bundle.write(), organiser=olga), by=olga)
    join_competition(opened, user=alice)
    return opened


def merged(submission: Submission) -> HostedModelVersion:
    """Version 1, as a merge would make it: the submission's patch on its group."""
    first = submission.competition.versions.get(number=0)
    mask, answers = arrays.load(submission.public_mask), arrays.load(submission.public_answers)
    made = HostedModelVersion.objects.get(pk=first.pk)
    made.pk, made.number = None, 1
    made.nodes = [{"kind": "leaf", "group": submission.pk, "patch": submission.pk}]
    made.public_answers = arrays.save(np.where(mask, answers, arrays.load(first.public_answers)))
    made.save(force_insert=True)
    return made


def public_frame(competition: Competition) -> pd.DataFrame:
    return public_data.load(competition).table.to_frame()


def answered_by_module(content: bytes, frame: pd.DataFrame, folder: Path) -> np.ndarray:
    path = folder / "exported.py"
    path.write_bytes(content)
    spec = importlib.util.spec_from_file_location("exported_version", path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made.HostedModel().predict(frame)


def answered_by_file(content: bytes, frame: pd.DataFrame) -> np.ndarray:
    return onnxruntime.InferenceSession(content).run(None, fed(frame, content))[0]


def test_both_forms_answer_public_rows_as_the_version_did(
    loans: Competition, judged: Send, alice: User, tmp_path: Path
) -> None:
    version = merged(
        judged("sex == 'F' and not (job == 'cook')", to=Team.objects.of(alice).get(competition=loans), by=alice)
    )
    frame, expected = public_frame(loans), arrays.load(version.public_answers)
    assert (expected != arrays.load(loans.versions.get(number=0).public_answers)).any()
    given = {form: export_version(alice, version, form) for form in ("module", "onnx")}
    assert (answered_by_module(given["module"].content, frame, tmp_path) == expected).all()
    assert (answered_by_file(given["onnx"].content, frame) == expected).all()
    assert given["module"].name == "small-loans-version-1.py"


def test_it_is_downloaded_from_the_model_page(loans: Competition, alice: User, bob: User) -> None:
    page = signed_in(alice).get(f"/competitions/{loans.slug}/model/").content.decode()
    address = f"/api/v1/competitions/{loans.slug}/versions/0/export?form="
    assert f"{address}module" in page
    assert f"{address}onnx" in page
    answer = signed_in(alice).get(f"{address}module")
    assert answer["Content-Disposition"] == 'attachment; filename="small-loans-version-0.py"'
    assert b"class HostedModel" in answer.content
    refused = signed_in(bob).get(f"{address}module")
    assert (refused.status_code, refused.json()["code"]) == (409, "RULES_NOT_ACCEPTED")
    assert address not in signed_in(bob).get(f"/competitions/{loans.slug}/model/").content.decode()
    assert Client().get(f"{address}module").status_code == 401


def test_a_form_that_does_not_exist_is_refused(loans: Competition, alice: User) -> None:
    with pytest.raises(BountyError, match="EXPORT_FORM_UNKNOWN"):
        export_version(alice, loans.versions.get(), "pmml")
    assert export_version(alice, loans.versions.get(), "onnx").content


def test_stored_predictions_do_not_leave(competition: Competition, team: Team, alice: User) -> None:
    with pytest.raises(BountyError, match="EXPORT_PREDICTIONS_ONLY"):
        export_version(alice, competition.versions.get(), "module")
    assert "export?form" not in signed_in(alice).get(f"/competitions/{competition.slug}/model/").content.decode()


@pytest.mark.sandbox
def test_files_of_teams_are_the_organisers_until_the_close(
    loans: Competition, judged: Send, alice: User, olga: User
) -> None:
    sent = {"patch_kind": "onnx", "patch_model": older_than(40)}
    version = merged(judged("sex == 'F'", to=Team.objects.of(alice).get(competition=loans), by=alice, **sent))
    with pytest.raises(BountyError, match="EXPORT_HOLDS_FILES"):
        export_version(alice, version, "onnx")
    frame, expected = public_frame(loans), arrays.load(version.public_answers)
    assert (answered_by_file(export_version(olga, version, "onnx").content, frame) == expected).all()
    Competition.objects.filter(pk=loans.pk).update(state=Competition.State.CLOSED)
    version.refresh_from_db()
    assert export_version(alice, HostedModelVersion.objects.get(pk=version.pk), "onnx").content


def test_a_refusal_is_kept_and_a_second_request_trains_nothing(
    loans: Competition, judged: Send, alice: User, tmp_path: Path
) -> None:
    version = merged(judged("sex == 'F'", to=Team.objects.of(alice).get(competition=loans), by=alice))
    first = loans.versions.get(number=0)
    wrong = arrays.save(1 - arrays.load(first.public_answers))
    HostedModelVersion.objects.filter(pk=first.pk).update(public_answers=wrong)
    with pytest.raises(BountyError, match="EXPORT_DIFFERS"):
        export_version(alice, version, "module")
    # Were it trained again, it would now answer as it should.
    HostedModelVersion.objects.filter(pk=first.pk).update(public_answers=first.public_answers)
    with pytest.raises(BountyError, match="EXPORT_DIFFERS"):
        export_version(alice, version, "module")
    made = export_version(alice, version, "onnx")
    HostedModelVersion.objects.filter(pk=first.pk).update(public_answers=wrong)
    assert export_version(alice, version, "onnx") == made


def test_what_a_kill_cut_short_is_written_again(loans: Competition, alice: User) -> None:
    version = loans.versions.get()
    made = export_version(alice, version, "module")
    folder = Path(default_storage.path("exports"))
    [file] = folder.rglob(f"*.{made.sha256}")
    [index] = [path for path in file.parent.iterdir() if path.name == file.name.replace(made.sha256, "json")]
    file.write_bytes(made.content[:100])
    index.write_bytes(index.read_bytes()[:20])
    assert export_version(alice, version, "module") == made


@pytest.mark.django_db(transaction=True)
def test_requests_that_come_together_train_once(loans: Competition, alice: User) -> None:
    version, together = loans.versions.get(), threading.Barrier(2)
    trained: list[str] = []

    def write() -> bytes:
        trained.append("once")
        return b"content"

    def ask() -> bytes:
        together.wait(10)
        try:
            return answered(version, "tested", write)[1]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as askers:
        given = [asked.result(30) for asked in [askers.submit(ask) for _ in range(2)]]
    assert (given, trained) == ([b"content"] * 2, ["once"])


def test_who_would_only_wait_is_told_to_come_again(loans: Competition, alice: User) -> None:
    browser, address = signed_in(alice), f"/api/v1/competitions/{loans.slug}/versions/0/export"
    taken = [PLACES.acquire() for _ in range(AT_ONCE)]
    try:
        busy = browser.get(address)
    finally:
        PLACES.release(len(taken))
    assert (busy.status_code, busy.json()["code"], busy["Retry-After"]) == (429, "EXPORT_BUSY", "5")
    made = browser.get(address)
    assert made.status_code == 200
    assert browser.get(address, headers={"If-None-Match": made["ETag"]}).status_code == 304


def test_what_trained_again_answers_differently_does_not_leave(loans: Competition, alice: User) -> None:
    first = loans.versions.get()
    HostedModelVersion.objects.filter(pk=first.pk).update(
        public_answers=arrays.save(1 - arrays.load(first.public_answers))
    )
    changed = loans.versions.get()
    with pytest.raises(BountyError, match="EXPORT_DIFFERS"):
        export_version(alice, changed, "module")
    HostedModelVersion.objects.filter(pk=first.pk).update(public_answers=first.public_answers)
    assert export_version(alice, first, "module").content
