"""Name an address that is to be told what happens, change it, take it away, try it."""

import secrets
from collections.abc import Sequence
from typing import Final

from django.db import transaction

from bounty import clock
from bounty.actions.record import record
from bounty.errors import Invalid, LimitReached, Refused
from bounty.models import Competition, Team, User
from bounty.outbound import NotSent, parse
from bounty.policies import check_captain, check_organises
from submissions.models import Delivery, Webhook
from submissions.webhooks import TEST, message

MOST: Final = 5  # addresses of one team, or of one organiser in one competition
MOST_WAITING: Final = 20  # messages sent by hand, of one address, that wait
_SENTENCES: Final = {
    "ADDRESS_NOT_HTTPS": "A webhook's address begins with https://.",
    "ADDRESS_PORT": "A webhook's address has port 443 or 8443.",
    "ADDRESS_INVALID": "This is no address that a webhook can be sent to: no name and password, no part after #.",
}


def check_keeps(user: User, competition: Competition, team: Team | None) -> None:
    """Raises NotAllowed for anybody but the team's captain; of an organiser's webhook, but the organiser and staff."""
    if team is None:
        check_organises(user, competition)
    elif not (user.is_active and user.is_staff):
        check_captain(user, team)


def add_webhook(
    competition: Competition, team: Team | None, *, url: str, events: Sequence[str], by: User
) -> tuple[Webhook, str]:
    """The webhook, and the secret that signs what is sent to it: it is told this once.

    Raises:
        Invalid: the address is none that may be asked, or an event is unknown.
        LimitReached: there are as many as there may be.
    """
    check_keeps(by, competition, team)
    given = {"url": _checked(url), "events": _known(events), "salt": secrets.token_hex(32), "made_by": by}
    with transaction.atomic():
        Competition.objects.select_for_update(no_key=True).get(pk=competition.pk)
        if Webhook.objects.filter(competition=competition, team=team).count() >= MOST:
            raise LimitReached("TOO_MANY_WEBHOOKS", f"There are {MOST} webhooks; take one away first.", limit=MOST)
        made = Webhook.objects.create(competition=competition, team=team, **given)
        record("add_webhook", subject=f"webhook:{made.pk}", competition=competition, actor=by, events=made.events)
    return made, made.secret


def edit_webhook(
    webhook: Webhook,
    *,
    by: User,
    url: str | None = None,
    events: Sequence[str] | None = None,
    is_active: bool | None = None,
) -> Webhook:
    """Change what is given. Switched on again, it starts afresh, whatever failed before. Who names the address or
    switches it on answers for it: with their leaving it is switched off."""
    check_keeps(by, webhook.competition, webhook.team)
    changes: dict[str, object] = {}
    if url is not None:
        changes["url"] = _checked(url)
    if events is not None:
        changes["events"] = _known(events)
    if is_active is not None:
        changes["is_active"] = is_active
    if is_active:
        changes |= {"failing_since": None, "switched_off_at": None}
    if is_active or url is not None:
        changes["made_by"] = by
    with transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).update(**changes)
        subject, names = f"webhook:{webhook.pk}", sorted({"url", "events", "is_active"} & set(changes))
        record("edit_webhook", subject=subject, competition=webhook.competition, actor=by, changed=names)
    webhook.refresh_from_db()
    return webhook


def switch_off(webhook: Webhook, *, by: User) -> Webhook:
    """Nothing is sent to it until it is switched on again; what waits, waits."""
    return edit_webhook(webhook, by=by, is_active=False)


def remove_webhook(webhook: Webhook, *, by: User) -> None:
    """Take it away, with its messages."""
    check_keeps(by, webhook.competition, webhook.team)
    with transaction.atomic():
        record("remove_webhook", subject=f"webhook:{webhook.pk}", competition=webhook.competition, actor=by)
        webhook.delete()


def test_webhook(webhook: Webhook, *, by: User) -> Delivery:
    """A message that says only that it is one; a worker sends it, as every other."""
    check_keeps(by, webhook.competition, webhook.team)
    _check_room(webhook)
    with transaction.atomic():
        made = message(webhook, TEST, {"webhook": webhook.pk})
        made.save()
        record("test_webhook", subject=f"webhook:{webhook.pk}", competition=webhook.competition, actor=by)
    return made


def send_again(delivery: Delivery, *, by: User) -> Delivery:
    """Send the same message once more, under the same id, with fresh attempts."""
    webhook = delivery.webhook
    check_keeps(by, webhook.competition, webhook.team)
    _check_room(webhook)
    with transaction.atomic():
        ended = Delivery.objects.filter(pk=delivery.pk).exclude(state=Delivery.State.WAITING)
        if ended.update(state=Delivery.State.WAITING, attempts=0, next_attempt_at=clock.now(), lease_until=None) != 1:
            raise Refused("DELIVERY_WAITS", "This message waits to be sent already.")
        subject = f"delivery:{delivery.pk}"
        record("send_again", subject=subject, competition=webhook.competition, actor=by)
    delivery.refresh_from_db()
    return delivery


def _check_room(webhook: Webhook) -> None:
    if not webhook.is_active:
        raise Refused("WEBHOOK_OFF", "This webhook is switched off; switch it on first.")
    if webhook.deliveries.filter(state=Delivery.State.WAITING).count() >= MOST_WAITING:
        raise LimitReached("TOO_MANY_WAIT", "Many messages to this address wait; let them be sent first.")


def _checked(url: str) -> str:
    try:
        parse(url)
    except NotSent as error:
        raise Invalid("WEBHOOK_ADDRESS", _SENTENCES[error.code], field="url") from error
    return url


def _known(events: Sequence[str]) -> list[str]:
    unknown = sorted(set(events) - set(Webhook.Event.values))
    if unknown or not events:
        known = ", ".join(Webhook.Event.values)
        raise Invalid("WEBHOOK_EVENTS", f"Name one or more of the events {known}.", field="events")
    return sorted(set(events))
