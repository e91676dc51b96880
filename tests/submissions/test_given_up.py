"""Scoring after a merge and settling: claimed, tried several times, given up, tried again."""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings

from bounty import clock, recount
from bounty.errors import NotAllowed, Refused
from bounty.models import Competition, User
from submissions.actions.certify import certify
from submissions.actions.close_competition import close_competition
from submissions.actions.open_round import open_round
from submissions.actions.relay import recover, relay
from submissions.actions.rescore import rescore
from submissions.actions.settle import settle
from submissions.actions.try_again import try_again
from submissions.leases import claim_rescoring, claim_round, claim_settlement
from submissions.models import Merge, Round, Settlement
from tests.pages import signed_in, words
from tests.submissions.conftest import Send

GROUP = "sex == 'Female' and age_band == '18-24'"


@pytest.fixture
def merged(judged: Send, competition: Competition, olga: User) -> Merge:
    judged(GROUP)
    certify(open_round(competition, by=olga).pk)
    return Merge.objects.get()


@pytest.fixture
def closing(competition: Competition, olga: User) -> Settlement:
    close_competition(competition, by=olga)
    return Settlement.objects.get()


def fail_every_attempt(row: Merge | Round | Settlement, work: Any) -> None:
    """As many workers as may try begin and are never heard of again."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    for _ in range(settings.MAX_ATTEMPTS):
        assert work(row.pk) is not None
        rows.update(lease_until=clock.now() - dt.timedelta(seconds=1))
        recover()
    row.refresh_from_db()


def test_two_workers_do_not_settle_at_once(closing: Settlement) -> None:
    slow = claim_settlement(closing.pk)
    assert claim_settlement(closing.pk) is None
    settle(closing.pk)
    assert Competition.objects.get().state == Competition.State.CLOSING
    Settlement.objects.update(lease_until=clock.now() - dt.timedelta(seconds=1))
    settle(closing.pk)
    assert Competition.objects.get().state == Competition.State.CLOSED
    assert slow is not None
    assert slow.rows().update(finished_at=None) == 0  # the slow worker's number is not the newest


def test_settling_that_always_fails_is_given_up_and_said(closing: Settlement, olga: User) -> None:
    fail_every_attempt(closing, claim_settlement)
    assert closing.given_up_at is not None
    assert claim_settlement(closing.pk) is None
    assert relay() == 0
    address = f"/competitions/{closing.competition.slug}/"
    assert "Work was given up" in words(signed_in(olga).get(address))
    assert signed_in(olga).post(f"{address}try-again/").status_code == 302
    settle(closing.pk)
    assert Competition.objects.get().state == Competition.State.CLOSED


def test_scoring_that_always_fails_holds_up_rounds_and_says_why(
    merged: Merge, competition: Competition, olga: User, alice: User
) -> None:
    fail_every_attempt(merged, claim_rescoring)
    with pytest.raises(Refused, match="RESCORING_GIVEN_UP") as refusal:
        open_round(competition, by=olga)
    assert refusal.value.fault == "platform"
    with pytest.raises(NotAllowed, match="NOT_THE_ORGANISER"):
        try_again(competition, by=alice)
    assert try_again(competition, by=olga) == 1
    rescore(merged.pk)
    with pytest.raises(Refused, match="NO_CANDIDATES"):
        open_round(competition, by=olga)
    with pytest.raises(Refused, match="NOTHING_GIVEN_UP"):
        try_again(competition, by=olga)


def test_a_worker_that_breaks_leaves_the_rest_to_the_next(merged: Merge, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(recount, "figures", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            rescore(merged.pk)
    merged.refresh_from_db()
    assert (merged.attempts, merged.rescored_at) == (1, None)
    Merge.objects.update(lease_until=clock.now() - dt.timedelta(seconds=1))
    rescore(merged.pk)
    merged.refresh_from_db()
    assert merged.rescored_at is not None


def test_the_one_opening_at_the_close_is_given_up_and_not_abandoned(
    judged: Send, competition: Competition, olga: User
) -> None:
    Competition.objects.update(opening=Competition.Opening.CLOSE)
    judged(GROUP)
    close_competition(competition, by=olga)
    held = Round.objects.get()
    fail_every_attempt(held, claim_round)
    assert (held.state, held.given_up_at is None) == (Round.State.CERTIFYING, False)
    assert relay() == 0
    settle(Settlement.objects.get().pk)
    assert Competition.objects.get().state == Competition.State.CLOSING
    assert try_again(competition, by=olga) == 1
    certify(held.pk)
    settle(Settlement.objects.get().pk)
    assert Competition.objects.get().state == Competition.State.CLOSED
    assert Merge.objects.exists()
