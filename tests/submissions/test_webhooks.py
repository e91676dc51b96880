"""Webhooks: what is told to whom, signed, at least once, and never for ever."""

import datetime as dt
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from standardwebhooks import Webhook as Signed

from bounty import clock
from bounty.actions.leave_team import leave_team
from bounty.errors import Invalid, LimitReached, NotAllowed, Refused
from bounty.models import Competition, Membership, Team, User
from submissions.actions import deliver, keep_webhook
from submissions.actions.close_competition import close_competition
from submissions.actions.deliver import FAILING_FOR, KEPT_FOR, PAUSES_S, Sender, forget_old
from submissions.actions.keep_webhook import add_webhook, edit_webhook, remove_webhook, send_again
from submissions.actions.settle import settle
from submissions.models import Delivery, Webhook
from submissions.webhooks import tell_close
from tests.receiver import Receiver, receiving
from tests.submissions.conftest import Send

pytestmark = pytest.mark.django_db
EVENTS = Webhook.Event.values
State = Delivery.State


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOKS_LOCAL = True
    with receiving() as listening:
        yield listening


@pytest.fixture
def webhook(receiver: Receiver, team: Team, alice: User) -> Webhook:
    """Alice's team's, of everything."""
    return add_webhook(team.competition, team, url=receiver.url(), events=EVENTS, by=alice)[0]


@pytest.fixture
def waiting(webhook: Webhook, alice: User) -> Delivery:
    return keep_webhook.test_webhook(webhook, by=alice)


def deliver_due() -> int:
    """Send the oldest that is due of each address, and wait for what comes; how many."""
    with Sender() as sender:
        return sender.take()


def due_now() -> None:
    Delivery.objects.filter(state=State.WAITING).update(next_attempt_at=clock.now())


def types(receiver: Receiver) -> list[str]:
    return [json.loads(body)["type"] for _, body in receiver.got]


def test_a_verdict_is_told_signed_by_the_secret_that_was_shown(
    receiver: Receiver, team: Team, alice: User, judged: Send
) -> None:
    _, secret = add_webhook(team.competition, team, url=receiver.url(), events=["submission.verdict"], by=alice)
    submission = judged("sex == 'Female'")
    assert deliver_due() == 1
    headers, body = receiver.got[0]
    told = Signed(secret).verify(body, headers)
    verdict = submission.verdicts.get()
    assert told["type"] == "submission.verdict"
    assert told["data"] == {
        "competition": team.competition.slug,
        "submission": submission.pk,
        "team": team.pk,
        "address": f"/api/v1/submissions/{submission.pk}",
        "outcome": verdict.outcome,
        "code": verdict.code,
    }
    assert secret not in json.dumps([*Webhook.objects.values()], default=str)


def test_an_address_goes_silent_with_whoever_named_it(
    receiver: Receiver, webhook: Webhook, team: Team, alice: User, bob: User
) -> None:
    place = {"competition": team.competition, "user": bob, "role": Membership.Role.MEMBER}
    Membership.objects.create(team=team, **place)
    leave_team(team, user=alice)
    tell_close(team.competition)
    assert deliver_due() == 0
    edit_webhook(webhook, by=bob, is_active=True)
    tell_close(team.competition)
    assert deliver_due() == 1
    webhook.refresh_from_db()
    assert (webhook.made_by, len(receiver.got)) == (bob, 1)


def test_nothing_is_sent_where_who_named_the_address_is_shut_out(receiver: Receiver, team: Team, olga: User) -> None:
    webhook, _ = add_webhook(team.competition, None, url=receiver.url(), events=EVENTS, by=olga)
    waiting = keep_webhook.test_webhook(webhook, by=olga)
    User.objects.filter(pk=olga.pk).update(is_active=False)
    tell_close(team.competition)
    assert (deliver_due(), webhook.deliveries.get()) == (0, waiting)
    User.objects.filter(pk=olga.pk).update(is_active=True)
    tell_close(team.competition)
    assert (deliver_due(), webhook.deliveries.count()) == (1, 2)


def test_what_is_told_twice_bears_the_same_id(receiver: Receiver, waiting: Delivery) -> None:
    receiver.status = 500
    deliver_due()
    receiver.status = 200
    due_now()
    deliver_due()
    first, second = [headers["webhook-id"] for headers, _ in receiver.got]
    assert first == second == waiting.message
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts, waiting.status) == (State.DELIVERED, 2, 200)


def test_tries_again_after_growing_pauses_and_gives_up_in_the_end(receiver: Receiver, waiting: Delivery) -> None:
    receiver.status, pauses = 503, []
    for _ in PAUSES_S:
        deliver_due()
        waiting.refresh_from_db()
        pauses.append(round((waiting.next_attempt_at - clock.now()).total_seconds()))
        due_now()
    deliver_due()
    waiting.refresh_from_db()
    assert pauses == sorted(pauses)
    assert all(abs(pause - wanted) < 5 for pause, wanted in zip(pauses, PAUSES_S, strict=True))
    assert (waiting.state, len(receiver.got)) == (State.GIVEN_UP, len(PAUSES_S) + 1)
    due_now()
    assert deliver_due() == 0


def test_what_was_given_up_can_be_sent_again(receiver: Receiver, waiting: Delivery, alice: User) -> None:
    with pytest.raises(Refused, match="DELIVERY_WAITS"):
        send_again(waiting, by=alice)
    Delivery.objects.update(state=State.GIVEN_UP, attempts=8)
    again = send_again(waiting, by=alice)
    assert (again.state, again.attempts, again.message) == (State.WAITING, 0, waiting.message)
    assert deliver_due() == 1


def test_an_address_that_failed_for_days_is_switched_off_and_its_captain_told(
    receiver: Receiver, webhook: Webhook, waiting: Delivery, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    receiver.status = 500
    deliver_due()
    webhook.refresh_from_db()
    assert webhook.is_active
    Webhook.objects.update(failing_since=clock.now() - FAILING_FOR - dt.timedelta(minutes=1))
    due_now()
    with django_capture_on_commit_callbacks(execute=True):
        deliver_due()
    webhook.refresh_from_db()
    assert (webhook.is_active, [message.to for message in mail.outbox]) == (False, [[alice.email]])
    assert deliver_due() == 0
    edit_webhook(webhook, by=alice, is_active=True)
    due_now()
    assert deliver_due() == 1


def test_an_address_that_says_it_is_gone_is_asked_no_more(
    receiver: Receiver, webhook: Webhook, waiting: Delivery
) -> None:
    receiver.status = 410
    deliver_due()
    webhook.refresh_from_db()
    waiting.refresh_from_db()
    assert (webhook.is_active, waiting.state) == (False, State.GIVEN_UP)


def test_nothing_is_sent_to_a_machine_that_is_not_public(receiver: Receiver, waiting: Delivery, settings: Any) -> None:
    settings.WEBHOOKS_LOCAL = False
    Webhook.objects.update(url="https://127.0.0.1/")
    deliver_due()
    waiting.refresh_from_db()
    assert (waiting.fault, waiting.status, receiver.got) == ("ADDRESS_NOT_PUBLIC", None, [])


def test_keeps_messages_for_a_time(webhook: Webhook, waiting: Delivery, alice: User) -> None:
    ended = keep_webhook.test_webhook(webhook, by=alice)
    Delivery.objects.update(made_at=clock.now() - KEPT_FOR - dt.timedelta(minutes=1))
    Delivery.objects.filter(pk=ended.pk).update(state=State.DELIVERED)
    assert forget_old() == 1
    assert Delivery.objects.get() == waiting


def test_a_sender_that_died_loses_nothing(receiver: Receiver, waiting: Delivery) -> None:
    Delivery.objects.update(attempts=1, fence=1, lease_until=clock.later(20))
    assert deliver_due() == 0
    Delivery.objects.update(lease_until=clock.later(-1))
    assert deliver_due() == 1
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == (State.DELIVERED, 2)


def test_a_slow_address_holds_up_no_other(
    receiver: Receiver, webhook: Webhook, waiting: Delivery, team: Team, alice: User
) -> None:
    with receiving() as slow, Sender() as sender:
        slow.slow = threading.Event()
        other, _ = add_webhook(team.competition, team, url=slow.url(), events=EVENTS, by=alice)
        held = keep_webhook.test_webhook(other, by=alice)
        assert sender.take() == 2
        sender.write(within_s=5)
        later = keep_webhook.test_webhook(webhook, by=alice)
        assert sender.take() == 1
        sender.write(within_s=5)
        states = [Delivery.objects.get(pk=each.pk).state for each in (waiting, later, held)]
        assert states == [State.DELIVERED, State.DELIVERED, State.WAITING]
        slow.slow.set()
    assert Delivery.objects.get(pk=held.pk).state == State.DELIVERED


def test_the_longest_due_goes_first_and_what_fails_last(
    receiver: Receiver, team: Team, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "AT_ONCE", 1)
    webhooks = [add_webhook(team.competition, team, url=receiver.url(), events=EVENTS, by=alice)[0] for _ in range(3)]
    first, second, third = [keep_webhook.test_webhook(each, by=alice) for each in webhooks]
    for delivery, due_s in ((first, -10), (second, -30), (third, -20)):
        Delivery.objects.filter(pk=delivery.pk).update(next_attempt_at=clock.later(due_s))
    Webhook.objects.filter(pk=second.webhook_id).update(failing_since=clock.now())
    while deliver_due():
        pass
    assert [headers["webhook-id"] for headers, _ in receiver.got] == [each.message for each in (third, first, second)]


def test_what_was_switched_off_just_now_is_not_asked(
    receiver: Receiver, webhook: Webhook, waiting: Delivery, alice: User
) -> None:
    [chosen] = deliver._due(1)
    edit_webhook(webhook, by=alice, is_active=False)
    assert deliver._claim(chosen) is None
    assert Delivery.objects.get(pk=waiting.pk).attempts == 0
    edit_webhook(webhook, by=alice, is_active=True)
    assert deliver._claim(chosen) == waiting


def test_each_is_told_what_concerns_it(
    receiver: Receiver, webhook: Webhook, rivals: Team, bot: User, olga: User, send: Send, judged: Send
) -> None:
    competition = webhook.competition
    theirs, _ = add_webhook(competition, rivals, url=receiver.url(), events=EVENTS, by=bot)
    organisers, _ = add_webhook(competition, None, url=receiver.url(), events=EVENTS, by=olga)
    judged("sex == 'Female'")
    told = Delivery.objects.filter(event="submission.verdict").values_list("webhook", flat=True)
    assert {*told} == {webhook.pk, organisers.pk}
    close_competition(competition, by=olga)
    settle(competition.settlement.pk)
    told = Delivery.objects.filter(event="competition.closed").values_list("webhook", flat=True)
    assert {*told} == {webhook.pk, theirs.pk, organisers.pk}


def test_a_private_competition_tells_nothing_to_whom_it_shut_out(webhook: Webhook, judged: Send) -> None:
    judged("sex == 'Female'")
    assert webhook.deliveries.count() == 1
    Competition.objects.update(visibility="private")

    tell_close(Competition.objects.get())
    assert webhook.deliveries.count() == 1


def test_is_for_the_captain_and_of_the_organisers_own_for_the_organiser(
    webhook: Webhook, team: Team, bot: User, olga: User, alice: User
) -> None:
    for outsider in (bot, olga):
        with pytest.raises(NotAllowed, match="NOT_THE_CAPTAIN"):
            edit_webhook(webhook, by=outsider, events=["round.opened"])
    with pytest.raises(NotAllowed, match="NOT_THE_ORGANISER"):
        add_webhook(team.competition, None, url="https://hooks.example.org/", events=EVENTS, by=alice)
    assert edit_webhook(webhook, by=alice, events=["round.opened"]).events == ["round.opened"]
    remove_webhook(webhook, by=alice)
    assert not Webhook.objects.exists()


def test_takes_only_addresses_and_events_that_there_are(team: Team, alice: User) -> None:
    def add(url: str = "https://hooks.example.org/", events: tuple[str, ...] = ("round.opened",)) -> Webhook:
        return add_webhook(team.competition, team, url=url, events=events, by=alice)[0]

    for url in ("http://hooks.example.org/", "https://hooks.example.org:22/", "https://a:b@hooks.example.org/"):
        with pytest.raises(Invalid, match="WEBHOOK_ADDRESS"):
            add(url)
    for events in ((), ("submission.sent",)):
        with pytest.raises(Invalid, match="WEBHOOK_EVENTS"):
            add(events=events)
    for _ in range(keep_webhook.MOST):
        add()
    with pytest.raises(LimitReached, match="TOO_MANY_WEBHOOKS"):
        add()
