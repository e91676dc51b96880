"""What an organiser is told on every page of their competition."""

from dataclasses import dataclass

from django import template
from django.db.models import Count, Max

from bounty.models import Competition
from submissions.actions import try_again
from submissions.models import Submission

register = template.Library()


@register.simple_tag
def given_up(competition: Competition) -> list[object]:
    """Work that several workers began and none finished."""
    return [*try_again.given_up(competition)]


@dataclass(frozen=True)
class Waiting:
    """How many submissions no worker can take, and why."""

    count: int
    reason: str  # of the newest that says one; one machine's reasons are one another's


@register.simple_tag
def waiting_submissions(competition: Competition) -> Waiting | None:
    """None where nothing waits: one query, whoever looks."""
    rows = Submission.objects.filter(competition=competition).waiting()
    found = rows.aggregate(count=Count("pk"), reason=Max("waits_for"))
    return Waiting(found["count"], found["reason"]) if found["count"] else None
