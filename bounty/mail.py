"""Mails that the site writes by itself; allauth writes those about accounts."""

import logging
import smtplib

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from bounty.models import Competition, Invitation

log = logging.getLogger(__name__)


def send_invitation(invitation: Invitation, *, link: str) -> bool:
    """Whether the mail server took it. Where it did not, whoever invites is shown the link to pass on themselves."""
    by = invitation.made_by.username if invitation.made_by else settings.SITE_NAME
    context = {"invitation": invitation, "link": link, "by": by, "site_name": settings.SITE_NAME}
    subject = " ".join(render_to_string("emails/invitation_subject.txt", context).split())
    text = render_to_string("emails/invitation.txt", context)
    return _sent(subject, text, [invitation.email], about=f"invitation {invitation.pk}")


def send_webhook_switched_off(competition: Competition, to: list[str]) -> bool:
    """Whether the mail server took it; where it did not, the page of webhooks says the same."""
    context = {"competition": competition, "site_name": settings.SITE_NAME}
    subject = " ".join(render_to_string("emails/webhook_switched_off_subject.txt", context).split())
    text = render_to_string("emails/webhook_switched_off.txt", context)
    return _sent(subject, text, [address for address in to if address], about=f"a webhook of {competition.slug}")


def _sent(subject: str, text: str, to: list[str], *, about: str) -> bool:
    try:
        send_mail(f"[{settings.SITE_NAME}] {subject}", text, None, to)
    except (smtplib.SMTPException, OSError, ValueError):  # the last of an address that cannot be written
        log.warning("The mail of %s was not sent.", about, exc_info=True)
        return False
    return True
