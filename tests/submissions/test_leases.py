"""Claims: taken once, kept by a heartbeat, refused once another has taken over."""

import datetime as dt
import threading
import time

import pytest
from django.conf import LazySettings
from django.db import connection

from bounty import clock
from submissions.actions.relay import recover, relay, take_over
from submissions.leases import Claim, claim_submission, heartbeat
from submissions.models import QueryBudget, Submission, Verdict
from submissions.states import Status, move
from tests.submissions.conftest import Send

GROUP = "age_band == '18-24'"


def expire(submission: Submission) -> None:
    """As if the worker had been silent for longer than its lease."""
    past = clock.now() - dt.timedelta(seconds=1)
    Submission.objects.filter(pk=submission.pk).update(lease_until=past)


def test_a_queued_submission_is_claimed_once(send: Send) -> None:
    submission = send(GROUP)
    assert claim_submission(submission.pk) == Claim(Submission, submission.pk, 1)
    assert claim_submission(submission.pk) is None


def test_a_silent_worker_s_claim_passes_to_the_next_and_its_write_is_refused(send: Send) -> None:
    submission = send(GROUP)
    slow = claim_submission(submission.pk)
    expire(submission)
    fast = claim_submission(submission.pk)
    assert slow is not None
    assert fast is not None
    assert move(slow.rows(), Status.SCORED) == 0
    assert move(fast.rows(), Status.SCORED) == 1


def test_a_submission_is_not_claimed_before_its_time(send: Send) -> None:
    submission = send(GROUP)
    Submission.objects.filter(pk=submission.pk).update(next_attempt_at=clock.later(60))
    assert claim_submission(submission.pk) is None
    Submission.objects.filter(pk=submission.pk).update(next_attempt_at=clock.now())
    assert claim_submission(submission.pk) is not None


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_the_lease_alive(send: Send, settings: LazySettings) -> None:
    settings.LEASE_S = 0.3
    submission = send(GROUP)
    claim = claim_submission(submission.pk)
    assert claim is not None
    before = Submission.objects.get(pk=submission.pk).lease_until
    with heartbeat(claim):
        deadline = time.monotonic() + 10
        while Submission.objects.get(pk=submission.pk).lease_until == before:
            assert time.monotonic() < deadline, "no heartbeat within ten seconds"
    assert not [t for t in threading.enumerate() if t.name.startswith("heartbeat")]


def test_the_relay_wakes_a_worker_once_for_a_queued_row(send: Send) -> None:
    send(GROUP)
    assert [relay(), relay()] == [1, 0]


def test_a_wake_up_that_is_not_answered_is_sent_again(send: Send, settings: LazySettings) -> None:
    send(GROUP)
    relay()
    settings.RESEND_AFTER_S = 0
    assert relay() == 1


def test_a_silent_claim_is_queued_again(send: Send) -> None:
    submission = send(GROUP)
    claim_submission(submission.pk)
    recover()
    assert Submission.objects.get().status == Status.JUDGING
    expire(submission)
    recover()
    assert Submission.objects.get().status == Status.QUEUED


def test_after_the_last_attempt_the_platform_is_at_fault_and_the_quota_is_refunded(send: Send) -> None:
    submission = send(GROUP)
    for _ in range(3):
        assert claim_submission(submission.pk) is not None
        expire(submission)
        recover()
    submission.refresh_from_db()
    verdict = Verdict.objects.get()
    assert (submission.status, verdict.code, verdict.owner) == (Status.FAILED, "WORKER_LOST", "platform")
    assert list(QueryBudget.objects.values_list("used", "refunded")) == [(0, 1)]


def test_a_new_worker_of_the_embedded_queue_takes_over_at_once(send: Send) -> None:
    submission = send(GROUP)
    relay()
    claim_submission(submission.pk)
    take_over()
    recover()
    assert relay() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_gets_the_row(send: Send) -> None:
    submission = send(GROUP)
    claims: list[Claim | None] = []
    start = threading.Barrier(8)

    def claim() -> None:
        start.wait()
        claims.append(claim_submission(submission.pk))
        connection.close()

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(claim is not None for claim in claims) == 1
    assert len(claims) == 8
