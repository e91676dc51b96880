"""Send the messages that are due: signed, at least once, again after growing pauses, and given up in the end.

This is done by a thread of every worker, beside its tasks: an address that answers slowly must hold up no judging. One
message an address at a time; several workers do not get in each other's way, for each claims rows by compare-and-set.
"""

import asyncio
import json
import logging
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Min, Q
from standardwebhooks import Webhook as Signer

from bounty import clock
from bounty.actions.record import record
from bounty.mail import send_webhook_switched_off
from bounty.outbound import NotSent, post
from submissions.leases import unclaimed
from submissions.models import Delivery, Webhook
from submissions.turns import Turns

log = logging.getLogger(__name__)
# Seconds before the second attempt, the third, and so on; with the last the message is given up.
PAUSES_S: Final = (5, 60, 300, 1800, 7200, 18000, 36000)
AT_ONCE: Final = 20
FAILING_FOR: Final = timedelta(days=3)  # without one success: then the address is switched off
KEPT_FOR: Final = timedelta(days=30)
FORGETS_EVERY_S: Final = 3600.0
GONE: Final = 410  # says the address itself: it is to be asked no more
State = Delivery.State


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt."""

    status: int | None
    fault: str
    took_ms: int

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def keep_delivering(stop: threading.Event) -> None:
    """Deliver until told to stop; what is under way then is still told, and written."""
    forgets_at, turns = time.monotonic(), Turns()
    with Sender() as sender:
        while not stop.is_set():
            try:
                if time.monotonic() >= forgets_at:
                    forget_old()
                    forgets_at = time.monotonic() + FORGETS_EVERY_S
                if turns.is_due() or sender.wrote:
                    sender.take()
                sender.write(within_s=settings.RELAY_EVERY_S)
            except Exception:
                # A task boundary: a database that is away for a moment must not end what all messages hang on.
                log.exception("Messages were not sent; the next turn may do better.")
                connection.close()
                stop.wait(settings.RELAY_EVERY_S)
            if not (sender.is_busy or sender.wrote):
                stop.wait(settings.RELAY_EVERY_S)
    connection.close()


class Sender:
    """The messages that one thread has claimed and is sending: ``AT_ONCE`` at most, and none waits for another.

    Requests run in an event loop with a thread of its own; rows are read and written by the thread that holds this.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="requests", daemon=True)
        self._under_way: dict[Future[Outcome], Delivery] = {}
        self.wrote = 0  # by the last ``write``

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Every request ends within ``outbound.TIME_S``, so this does."""
        try:
            while self._under_way:
                self.write()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    @property
    def is_busy(self) -> bool:
        return bool(self._under_way)

    def take(self) -> int:
        """Begin with the oldest message that is due of each address, as many as there is room for; returns how many."""
        taken = 0
        for pk in _due(AT_ONCE - len(self._under_way)):
            if (delivery := _claim(pk)) is not None:
                self._under_way[asyncio.run_coroutine_threadsafe(_send(delivery), self._loop)] = delivery
                taken += 1
        return taken

    def write(self, within_s: float | None = None) -> None:
        """Wait for the first that ends, so long at most, and write what came of all that have."""
        self.wrote = 0
        for ended in wait(self._under_way, timeout=within_s, return_when=FIRST_COMPLETED).done:
            _write(self._under_way.pop(ended), _outcome(ended))
            self.wrote += 1


def _outcome(ended: Future[Outcome]) -> Outcome:
    fault = ended.exception()
    if fault is None:
        return ended.result()
    # What no address should be able to bring about must not be tried for ever.
    log.error("A message could not be sent.", exc_info=fault)
    return Outcome(None, "NO_ANSWER", 0)


def forget_old() -> int:
    """Messages whose story ended long ago are not kept; returns how many rows went."""
    old = Delivery.objects.filter(made_at__lt=clock.now() - KEPT_FOR).exclude(state=State.WAITING)
    return old.delete()[0]


def _due(count: int) -> list[int]:
    """The oldest message that is due of each address, longest due first; those of addresses that failed last come
    after, or a few that answer nothing, with much that waits for them, would hold up all others."""
    waiting = Delivery.objects.filter(state=State.WAITING, next_attempt_at__lte=clock.now())
    held = Delivery.objects.filter(state=State.WAITING, lease_until__gte=clock.now()).values("webhook")
    heard = waiting.filter(webhook__in=Webhook.objects.listening())
    free = heard.filter(unclaimed()).exclude(webhook__in=held).order_by()
    by_address = free.annotate(fails=Q(webhook__failing_since__isnull=False)).values("webhook", "fails")
    oldest = by_address.annotate(oldest=Min("pk"), due=Min("next_attempt_at")).order_by("fails", "due", "oldest")
    return [row["oldest"] for row in oldest[:count]]


def _claim(pk: int) -> Delivery | None:
    free = Delivery.objects.filter(unclaimed(), pk=pk, state=State.WAITING, next_attempt_at__lte=clock.now())
    # Asked again: the address may have been switched off just now. As a query of its own, not a join, in which the
    # claim would no longer be a compare-and-set on this row.
    heard = free.filter(webhook__in=Webhook.objects.listening())
    lease = {"lease_until": clock.later(settings.LEASE_S), "fence": F("fence") + 1, "attempts": F("attempts") + 1}
    if heard.update(**lease) != 1:
        return None
    # None where the webhook was taken away in this very moment.
    return Delivery.objects.select_related("webhook__competition", "webhook__team").filter(pk=pk).first()


async def _send(delivery: Delivery) -> Outcome:
    content = json.dumps(delivery.payload, separators=(",", ":"))
    now, begun = clock.now(), time.monotonic()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Bounty-Webhooks",
        "webhook-id": delivery.message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(delivery.webhook.secret).sign(delivery.message, now, content),
    }
    status, fault = None, ""
    try:
        status = await post(delivery.webhook.url, content=content.encode(), headers=headers)
    except NotSent as error:
        fault = error.code
    return Outcome(status, fault, round(1000 * (time.monotonic() - begun)))


def _write(delivery: Delivery, outcome: Outcome) -> None:
    """Unless another worker has taken it over, which then sends the same message a second time."""
    now = clock.now()
    written = {"lease_until": None, "tried_at": now, "status": outcome.status, "fault": outcome.fault}
    ours = Delivery.objects.filter(pk=delivery.pk, fence=delivery.fence, state=State.WAITING)
    spent = delivery.attempts > len(PAUSES_S) or outcome.status == GONE
    if outcome.is_success:
        written["state"] = State.DELIVERED
    elif spent:
        written["state"] = State.GIVEN_UP
    else:
        written["next_attempt_at"] = clock.later(PAUSES_S[delivery.attempts - 1])
    with transaction.atomic():
        if ours.update(took_ms=outcome.took_ms, **written) != 1:
            return
        webhook = Webhook.objects.select_for_update(of=("self",), no_key=True).get(pk=delivery.webhook_id)
        if outcome.is_success:
            Webhook.objects.filter(pk=webhook.pk).exclude(failing_since=None).update(failing_since=None)
        else:
            _note_failure(webhook, outcome)
    log.info("Message %s to webhook %s: %s", delivery.pk, webhook.pk, outcome.status or outcome.fault)


def _note_failure(webhook: Webhook, outcome: Outcome) -> None:
    """Switch the address off where it says that it is gone, or has failed for days; whoever keeps it is told."""
    since = webhook.failing_since or clock.now()
    too_long = clock.now() - since >= FAILING_FOR
    off = {"is_active": False, "switched_off_at": clock.now()} if too_long or outcome.status == GONE else {}
    Webhook.objects.filter(pk=webhook.pk).update(failing_since=since, **off)
    if off:
        record("switch_webhook_off", subject=f"webhook:{webhook.pk}", competition=webhook.competition)
        transaction.on_commit(lambda: send_webhook_switched_off(webhook.competition, _keepers(webhook)))


def _keepers(webhook: Webhook) -> list[str]:
    """The captain's address, or the organiser's."""
    if webhook.team is None:
        return [webhook.competition.organiser.email]
    led = webhook.team.present().filter(role="captain")
    return [member.user.email for member in led]
