"""Judging, for real: groups and patches run over hidden rows of the lending competition."""

from typing import Any

import pytest

from bounty.models import Competition, Team
from submissions import examination
from submissions.actions.judge import judge
from submissions.models import Submission, Verdict
from submissions.sentences import MEANINGS
from submissions.states import Status
from tests.submissions.conftest import Send

PLANTED = "sex == 'Female' and age_band == '18-24'"
FIT = b"""
def fit(X, y):
    from sklearn.ensemble import HistGradientBoostingClassifier
    return HistGradientBoostingClassifier(random_state=0).fit(X.select_dtypes("number"), y)

def predict(model, X):
    return model.predict(X.select_dtypes("number"))
"""


def code_of(submission: Submission) -> str:
    return Verdict.objects.get(submission=submission).code


def test_a_planted_group_is_scored_with_an_interval_and_a_test(judged: Send) -> None:
    submission = judged(PLANTED)
    verdict = Verdict.objects.get(submission=submission)
    numbers = verdict.numbers
    assert (submission.status, verdict.code) == (Status.SCORED, "SCORED")
    assert numbers["score"] * numbers["n"] == pytest.approx(numbers["fixed"] - numbers["broken"])
    assert numbers["gain_low"] <= numbers["score"] <= numbers["gain_high"]
    assert 0 <= numbers["p_value"] <= 1


@pytest.mark.sandbox
def test_a_python_group_is_scored_like_the_predicate_it_spells(judged: Send, rivals: Team) -> None:
    predicate = judged(PLANTED)
    source = b"def group(X):\n    return (X['sex'] == 'Female') & (X['age_band'] == '18-24')\n"
    python = judged(group_kind="python", group_source=source, to=rivals)
    assert code_of(python) == "DUPLICATE"
    assert python.duplicate_of == predicate


@pytest.mark.sandbox
def test_a_python_patch_is_fitted_on_public_rows_and_scored(judged: Send) -> None:
    submission = judged(PLANTED, patch_kind="python", patch_source=FIT)
    assert code_of(submission) == "SCORED", Verdict.objects.get(submission=submission).sentence


SOURCES: list[tuple[str, bytes]] = [
    ("SYNTAX_ERROR", b"def group(X:\n"),
    ("MISSING_FUNCTION", b"x = 1\n"),
    ("RUNTIME_ERROR", b"def group(X):\n    return X['no such column'] > 0\n"),
    ("INVALID_OUTPUT", b"def group(X):\n    return (X['income'] > 0)[:-1].to_numpy()\n"),
    ("INVALID_OUTPUT", b"def group(X):\n    return X['income'] * float('nan')\n"),
    ("NOT_ROWWISE", b"def group(X):\n    return X.index % 5 == 0\n"),
    ("NOT_ROWWISE", b"import numpy as np\ndef group(X):\n    return np.random.default_rng().random(len(X)) < 0.2\n"),
]


@pytest.mark.sandbox
@pytest.mark.parametrize(("code", "source"), SOURCES)
def test_a_faulty_function_is_the_entrant_s_to_mend(code: str, source: bytes, judged: Send) -> None:
    submission = judged(group_kind="python", group_source=source)
    verdict = Verdict.objects.get(submission=submission)
    assert (submission.status, verdict.code, verdict.owner) == (Status.REFUSED, code, "entrant")
    assert submission.hidden_mask == ""


@pytest.mark.sandbox
def test_an_error_on_public_rows_shows_its_own_line(judged: Send) -> None:
    submission = judged(group_kind="python", group_source=b"def group(X):\n    a = 1\n    return X['nope']\n")
    assert "line 3" in Verdict.objects.get(submission=submission).sentence


@pytest.mark.sandbox
def test_an_error_on_hidden_rows_alone_shows_nothing_but_its_fixed_sentence(
    judged: Send, competition: Competition
) -> None:
    source = b"def group(X):\n    if len(X) > 9000: raise ValueError(X.to_csv())\n    return X['income'] > 0\n"
    submission = judged(group_kind="python", group_source=source)
    verdict = Verdict.objects.get(submission=submission)
    assert verdict.code == "RUNTIME_ERROR"
    assert verdict.sentence == MEANINGS["RUNTIME_ERROR"].sentence
    assert verdict.log == ""


@pytest.mark.parametrize(
    ("code", "predicate"),
    [
        ("EMPTY_GROUP", "income < -1"),
        ("GROUP_TOO_SMALL", "age_band == '65+' and ethnicity == 'Asian' and region == 'North' and disability == 'Yes'"),
        ("GROUP_TOO_LARGE", "income > -1"),
    ],
)
def test_a_group_of_the_wrong_size_is_refused(code: str, predicate: str, judged: Send) -> None:
    assert code_of(judged(predicate)) == code
    assert code_of(judged(PLANTED)) == "SCORED"


def test_the_same_pair_again_is_a_duplicate_that_names_the_first(judged: Send, rivals: Team) -> None:
    first, second = judged(PLANTED), judged(PLANTED, to=rivals)
    assert (code_of(second), second.duplicate_of) == ("DUPLICATE", first)


def test_judging_twice_writes_one_verdict(judged: Send) -> None:
    submission = judged(PLANTED)
    judge(submission.pk)
    assert Verdict.objects.filter(submission=submission).count() == 1


def test_a_fault_of_the_platform_is_tried_again_and_charged_to_nobody(
    judged: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(examination.vault, "features", breaks)
    submission = judged(PLANTED)
    assert (submission.status, submission.attempts) == (Status.QUEUED, 1)
    assert not Verdict.objects.exists()
