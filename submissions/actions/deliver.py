"""Send the messages that are due: signed, at least once, again after growing pauses, and given up in the end.

This is done by a thread of every worker, beside its tasks: an address that answers slowly must hold up no judging. One
message an address at a time; several workers do not get in each other's way, for each claims rows by compare-and-set.
"""

import asyncio
import json
import logging
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Min
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
    """Deliver until told to stop."""
    forgets_at, turns = time.monotonic(), Turns()
    while not stop.wait(settings.RELAY_EVERY_S):
        try:
            if time.monotonic() >= forgets_at:
                forget_old()
                forgets_at = time.monotonic() + FORGETS_EVERY_S
            if turns.is_due():
                while not stop.is_set() and deliver_due():
                    pass
        except Exception:
            # A task boundary: a database that is away for a moment must not end what all messages hang on.
            log.exception("Messages were not sent; the next turn may do better.")
            connection.close()
    connection.close()


def forget_old() -> int:
    """Messages whose story ended long ago are not kept; returns how many rows went."""
    old = Delivery.objects.filter(made_at__lt=clock.now() - KEPT_FOR).exclude(state=State.WAITING)
    return old.delete()[0]


def deliver_due() -> int:
    """Send the oldest message that is due of each address, some of them at once; returns how many were tried."""
    claimed = [delivery for pk in _due() if (delivery := _claim(pk)) is not None]
    outcomes = asyncio.run(_send(claimed)) if claimed else []
    for delivery, outcome in zip(claimed, outcomes, strict=True):
        _write(delivery, outcome)
    return len(claimed)


def _due() -> list[int]:
    waiting = Delivery.objects.filter(state=State.WAITING, webhook__is_active=True, next_attempt_at__lte=clock.now())
    held = Delivery.objects.filter(state=State.WAITING, lease_until__gte=clock.now()).values("webhook")
    free = waiting.filter(unclaimed()).exclude(webhook__in=held)
    return [row["oldest"] for row in free.order_by().values("webhook").annotate(oldest=Min("pk"))[:AT_ONCE]]


def _claim(pk: int) -> Delivery | None:
    free = Delivery.objects.filter(unclaimed(), pk=pk, state=State.WAITING, next_attempt_at__lte=clock.now())
    lease = {"lease_until": clock.later(settings.LEASE_S), "fence": F("fence") + 1, "attempts": F("attempts") + 1}
    if free.update(**lease) != 1:
        return None
    # None where the webhook was taken away in this very moment.
    return Delivery.objects.select_related("webhook__competition", "webhook__team").filter(pk=pk).first()


async def _send(deliveries: list[Delivery]) -> list[Outcome]:
    return await asyncio.gather(*map(_send_one, deliveries))


async def _send_one(delivery: Delivery) -> Outcome:
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
