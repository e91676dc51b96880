"""Make two teams one: the team that was asked takes in the one that offered."""

from django.db import transaction
from django.db.models import F, Sum

from bounty import clock
from bounty.actions.record import record
from bounty.errors import Refused
from bounty.models import Membership, MergeOffer, Team, User
from bounty.policies import check_captain, check_may_merge
from submissions.models import QueryBudget, Submission

State = MergeOffer.State


def merge_teams(offer: MergeOffer, *, by: User) -> Team:
    """The team that was asked, with the members, the submissions and the used quota of the other.

    Raises:
        NotAllowed: for anyone but the captain of the team that was asked.
        Refused: after the deadline, when the offer is no longer open, when together they are too many people, or have
            sent more than one team may in all.
    """
    check_captain(by, offer.asked)
    with transaction.atomic():
        # Both rows, in the order of their keys: two merges of the same teams cannot wait for each other in a ring.
        pair = Team.objects.select_for_update(of=("self",), no_key=True).select_related("competition").order_by("pk")
        teams = {team.pk: team for team in pair.filter(pk__in=[offer.asked_id, offer.offering_id])}
        if len(teams) < 2:  # one of them was left by everybody, and is gone
            raise Refused("OFFER_ANSWERED", "This offer has been answered or taken back.")
        kept, absorbed = teams[offer.asked_id], teams[offer.offering_id]
        accepted = MergeOffer.objects.filter(pk=offer.pk, state=State.OPEN)
        if accepted.update(state=State.ACCEPTED, answered_at=clock.now()) != 1 or absorbed.merged_into_id is not None:
            raise Refused("OFFER_ANSWERED", "This offer has been answered or taken back.")
        check_captain(by, kept)  # who may have handed the team over while we waited
        check_may_merge(kept, absorbed)
        _check_sent(kept, absorbed)
        _take_in(kept, absorbed)
        competition = kept.competition
        record("merge_teams", subject=f"team:{kept.pk}", competition=competition, actor=by, absorbed=absorbed.pk)
    return kept


def _check_sent(kept: Team, absorbed: Team) -> None:
    limit = kept.competition.submissions_in_all
    sent = QueryBudget.objects.filter(team__in=[kept, absorbed]).aggregate(sent=Sum("used"))["sent"] or 0
    if limit is not None and sent > limit:
        sentence = f"Together you have sent {sent} submissions; a team may send {limit} in all."
        raise Refused("TEAMS_SENT_TOO_MUCH", sentence, sent=sent, limit=limit)


def _take_in(kept: Team, absorbed: Team) -> None:
    people = absorbed.memberships.exclude(role=Membership.Role.PROGRAM)
    people.update(role=Membership.Role.MEMBER)
    absorbed.memberships.update(team=kept)
    # A key that both teams have used would stand twice in one team; its later use is then a new request.
    keys = Submission.objects.filter(team=kept).exclude(idempotency_key=None).values_list("idempotency_key", flat=True)
    theirs = Submission.objects.filter(team=absorbed)
    theirs.filter(idempotency_key__in=[*keys]).update(idempotency_key=None)
    theirs.update(team=kept)
    absorbed.webhooks.update(team=kept, is_active=False)  # its captain is none now; the one there is decides
    _add_budgets(kept, absorbed)
    first = min((t.first_sent_at for t in (kept, absorbed) if t.first_sent_at is not None), default=None)
    Team.objects.filter(pk=kept.pk).update(first_sent_at=first)
    Team.objects.filter(pk=absorbed.pk).update(merged_into=kept)
    absorbed.invitations.filter(revoked_at=None).update(revoked_at=clock.now())
    other = MergeOffer.objects.filter(state=State.OPEN)
    other.filter(offering=absorbed).update(state=State.WITHDRAWN, answered_at=clock.now())
    other.filter(asked=absorbed).update(state=State.DECLINED, answered_at=clock.now())


def _add_budgets(kept: Team, absorbed: Team) -> None:
    """What both used on a day counts for the one: two quotas do not become three."""
    for budget in QueryBudget.objects.filter(team=absorbed):
        own, _ = QueryBudget.objects.get_or_create(team=kept, day=budget.day)
        more = {"used": F("used") + budget.used, "refunded": F("refunded") + budget.refunded}
        QueryBudget.objects.filter(pk=own.pk).update(**more)
        budget.delete()
