"""The audit record is a chain: a changed, missing or inserted event shows."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from bounty.actions.record import record
from bounty.audit import GENESIS, digest_of, first_break
from bounty.models import AuditEvent, User


def _three(user: User) -> list[AuditEvent]:
    with transaction.atomic():
        return [record(verb, subject="thing:1", actor=user, number=0.1) for verb in ("make", "change", "end")]


def test_each_event_carries_the_digest_of_the_one_before(alice: User) -> None:
    first, second, third = _three(alice)
    assert (first.previous, second.previous, third.previous) == (GENESIS, first.digest, second.digest)
    assert first_break() is None


@pytest.mark.parametrize(
    "change", [{"verb": "other"}, {"subject": "thing:2"}, {"data": {"number": 0.2}}, {"digest": "0" * 64}]
)
def test_a_changed_event_breaks_the_chain(alice: User, change: dict[str, object]) -> None:
    _, second, _ = _three(alice)
    assert first_break() is None
    AuditEvent.objects.filter(pk=second.pk).update(**change)
    assert first_break() == second


def test_an_event_taken_out_breaks_the_chain(alice: User) -> None:
    _, second, third = _three(alice)
    second.delete()
    assert first_break() == third


def test_a_deleted_account_leaves_the_chain_whole(alice: User) -> None:
    first, *_ = _three(alice)
    alice.delete()
    first.refresh_from_db()
    assert (first.actor, first_break()) == (None, None)


def test_an_act_that_is_rolled_back_is_not_recorded(alice: User) -> None:
    with transaction.atomic():
        record("make", subject="thing:1", actor=alice)
        transaction.set_rollback(True)
    assert AuditEvent.objects.count() == 0
    _three(alice)
    assert AuditEvent.objects.count() == 3


def test_the_chain_cannot_fork(alice: User) -> None:
    first, *_ = _three(alice)
    fork = AuditEvent(verb="fork", subject="thing:1", previous=first.digest)
    fork.digest = digest_of(fork)
    with pytest.raises(IntegrityError), transaction.atomic():
        fork.save()
    assert first_break() is None


@pytest.mark.django_db(transaction=True)
def test_events_written_at_once_stand_in_one_chain() -> None:
    def write(number: int) -> None:
        try:
            for _ in range(5):
                with transaction.atomic():
                    record("make", subject=f"thing:{number}")
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (AuditEvent.objects.count(), first_break()) == (20, None)
