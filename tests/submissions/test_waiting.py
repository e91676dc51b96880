"""Where no allowed layer works: Python waits, everybody is told, all else goes on; when one works, all is judged.

The machine is made unable by a PATH without bubblewrap, and able by giving it back.
"""

import datetime as dt
import os

import pytest
from django.test import Client
from django.urls import reverse

from bounty import clock
from bounty.models import Competition, User
from submissions import boxes
from submissions.actions.cancel import cancel
from submissions.actions.judge import judge
from submissions.actions.relay import relay
from submissions.models import Submission, Verdict
from submissions.states import Status
from tests.pages import read, signed_in
from tests.submissions.conftest import Send

PLANTED = "sex == 'Female' and age_band == '18-24'"
GROUP = b"def group(X):\n    return (X['sex'] == 'Female') & (X['age_band'] == '18-24')\n"
PATCH = b"def fit(X, y):\n    return y.mode()[0]\ndef predict(model, X):\n    return [model] * len(X)\n"
REASON = "bwrap is not installed; apt-get install bubblewrap"
SENTENCE = f"This server cannot run Python submissions yet ({REASON})."


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "_probe", None)
    monkeypatch.setattr(boxes, "_box", None)


@pytest.fixture
def unable(monkeypatch: pytest.MonkeyPatch) -> str:
    """The PATH that was, to be given back."""
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", "/nonexistent")
    return path


def waiting_by(client: Client, competition: Competition) -> str:
    return read(client.get(reverse("competition", args=[competition.slug]))).text


def test_whoever_sent_it_reads_why_it_waits(unable: str, judged: Send, alice: User) -> None:
    submission = judged(group_kind="python", group_source=GROUP)
    assert (submission.status, submission.attempts) == (Status.QUEUED, 0)
    assert SENTENCE in read(signed_in(alice).get(f"/submissions/{submission.pk}/")).text
    shown = signed_in(alice).get(f"/api/v1/submissions/{submission.pk}").json()
    assert SENTENCE in shown["waits_for"]


def test_the_organiser_reads_how_many_wait_and_why(
    unable: str, judged: Send, competition: Competition, olga: User, alice: User
) -> None:
    assert "cannot run Python" not in waiting_by(signed_in(olga), competition)
    first = judged(group_kind="python", group_source=GROUP)
    assert f"1 submission waits. {SENTENCE}" in waiting_by(signed_in(olga), competition)
    judged(PLANTED, patch_kind="python", patch_source=PATCH)
    assert f"2 submissions wait. {SENTENCE}" in waiting_by(signed_in(olga), competition)
    assert "cannot run Python" not in waiting_by(signed_in(alice), competition)
    cancel(first, by=alice)
    assert f"1 submission waits. {SENTENCE}" in waiting_by(signed_in(olga), competition)


def test_the_list_marks_those_that_wait(unable: str, judged: Send, competition: Competition, olga: User) -> None:
    judged(PLANTED)
    address = reverse("competition-submissions", args=[competition.slug])
    assert "cannot be run here yet" not in read(signed_in(olga).get(address)).text
    judged(group_kind="python", group_source=GROUP)
    assert "cannot be run here yet" in read(signed_in(olga).get(address)).text


def test_the_admin_pages_list_those_that_wait(unable: str, judged: Send, client: Client) -> None:
    waits = judged(group_kind="python", group_source=GROUP)
    scored = judged(PLANTED)
    client.force_login(User.objects.create_superuser("root", password="x" * 12))
    address = reverse("admin:submissions_submission_changelist")
    assert {*client.get(address).context["cl"].queryset} == {waits, scored}
    assert [*client.get(address, {"attention": "sandbox"}).context["cl"].queryset] == [waits]


def test_predicates_and_the_platform_s_patches_go_on(unable: str, judged: Send) -> None:
    judged(group_kind="python", group_source=GROUP)
    assert judged(PLANTED).status == Status.SCORED


@pytest.mark.sandbox
def test_when_a_layer_works_all_that_waited_is_judged(
    unable: str, judged: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [
        judged(group_kind="python", group_source=GROUP),
        judged(PLANTED, patch_kind="python", patch_source=PATCH),
    ]
    monkeypatch.setenv("PATH", unable)
    boxes._probed_at -= boxes.TRY_AGAIN_S + 1
    assert relay() == 0  # not due yet
    Submission.objects.update(next_attempt_at=clock.now() - dt.timedelta(seconds=1))
    assert relay() == 2
    for submission in waiting:
        judge(submission.pk)
        submission.refresh_from_db()
        assert (submission.status in {Status.SCORED, Status.REFUSED}, submission.waits_for) == (True, "")
        assert not Verdict.objects.filter(submission=submission, owner="platform").exists()
    boxes.close()


def test_a_machine_that_cannot_is_not_tried_for_each_that_waits(
    unable: str, judged: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(group_kind="python", group_source=GROUP)
    monkeypatch.setenv("PATH", unable)  # it could now, and is not asked so soon
    assert not boxes.probed().ok
    boxes._probed_at -= boxes.TRY_AGAIN_S + 1
    assert boxes.probed().ok


@pytest.mark.sandbox
def test_a_layer_that_is_lost_later_makes_no_submission_fail(judged: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """It worked when the worker began; what came after it is gone waits, and is charged with no attempt."""
    assert boxes.probed().ok
    monkeypatch.setenv("PATH", "/nonexistent")
    submission = judged(group_kind="python", group_source=GROUP)
    assert (submission.status, submission.attempts) == (Status.QUEUED, 0)
    assert SENTENCE in submission.waits_for


@pytest.mark.parametrize(
    ("name", "reason"), [("none", "BOUNTY_SANDBOX is 'none'"), ("container", "BOUNTY_SANDBOX_LAUNCHER")]
)
def test_no_setting_leads_to_another_layer_than_it_names(
    name: str, reason: str, judged: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOUNTY_SANDBOX", name)
    monkeypatch.delenv("BOUNTY_SANDBOX_LAUNCHER", raising=False)
    submission = judged(group_kind="python", group_source=GROUP)
    assert submission.status == Status.QUEUED
    assert reason in submission.waits_for
