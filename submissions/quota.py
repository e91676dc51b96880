"""What a team may still send, and when that changes."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Q, Sum

from bounty import clock
from bounty.errors import LimitReached
from bounty.models import Team
from submissions.models import QueryBudget, Submission
from submissions.states import WAITING


@dataclass(frozen=True)
class Quota:
    """A team's day, and what it may send in all, as pages and the API show it."""

    limit: int
    used: int
    in_all: int
    in_all_limit: int | None
    in_flight: int
    in_flight_limit: int
    resets_at: dt.datetime

    @property
    def left(self) -> int:
        """Today, as far as there is something left in all."""
        today = max(self.limit - self.used, 0)
        return today if self.left_in_all is None else min(today, self.left_in_all)

    @property
    def left_in_all(self) -> int | None:
        return None if self.in_all_limit is None else max(self.in_all_limit - self.in_all, 0)


def quota(team: Team) -> Quota:
    """The team's quota at this moment."""
    of_today = Sum("used", filter=Q(day=clock.today()))
    sent = QueryBudget.objects.filter(team=team).aggregate(today=of_today, in_all=Sum("used"))
    return Quota(
        limit=team.competition.submissions_per_day,
        used=sent["today"] or 0,
        in_all=sent["in_all"] or 0,
        in_all_limit=team.competition.submissions_in_all,
        in_flight=Submission.objects.filter(team=team, status__in=WAITING).count(),
        in_flight_limit=team.competition.submissions_in_flight,
        resets_at=clock.next_midnight(),
    )


def spend(team: Team) -> None:
    """Count one submission; the caller holds the team's row lock, so that nobody counts beside it."""
    now = quota(team)
    if now.left_in_all == 0:
        raise LimitReached(
            "QUOTA_IN_ALL",
            f"Your team has sent the {now.in_all_limit} submissions that the rules of this competition allow in all.",
            limit=now.in_all_limit,
        )
    if now.left < 1:
        raise LimitReached(
            "QUOTA_DAY",
            f"Your team has used its {now.limit} submissions of today; the count starts again at 00:00 UTC.",
            limit=now.limit,
            resets_at=now.resets_at.isoformat(),
        )
    if now.in_flight >= now.in_flight_limit:
        raise LimitReached(
            "QUOTA_IN_FLIGHT",
            f"{now.in_flight} of your team's submissions are still being judged; wait for one of them to finish.",
            limit=now.in_flight_limit,
        )
    budget, _ = QueryBudget.objects.get_or_create(team=team, day=clock.today())
    QueryBudget.objects.filter(pk=budget.pk).update(used=F("used") + 1)


def charge_again(submission: Submission) -> None:
    """Count a refunded submission once more, on the day that it was sent; it is judged again and may end otherwise."""
    QueryBudget.objects.filter(team_id=submission.team_id, day=submission.sent_at.date(), refunded__gt=0).update(
        used=F("used") + 1, refunded=F("refunded") - 1
    )


def refund(submission: Submission) -> None:
    """Give back what a submission cost, on the day that it was sent: the platform, not the entrant, failed."""
    QueryBudget.objects.filter(team_id=submission.team_id, day=submission.sent_at.date(), used__gt=0).update(
        used=F("used") - 1, refunded=F("refunded") + 1
    )
