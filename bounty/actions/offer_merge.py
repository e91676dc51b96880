"""Offer another team to become one with it, and take the offer back or turn it down."""

from django.db import IntegrityError, transaction

from bounty import clock
from bounty.actions.record import record
from bounty.errors import Refused
from bounty.models import MergeOffer, Team, User
from bounty.policies import check_captain, check_may_merge

State = MergeOffer.State


def offer_merge(team: Team, *, to: str, by: User) -> MergeOffer:
    """The offer to the team of that name, which its captain may accept.

    Raises:
        NotAllowed: for anyone but the captain.
        Refused: after the deadline, for an unknown or one's own team, or when the two are too many or sent too much.
    """
    check_captain(by, team)
    asked = Team.objects.filter(competition=team.competition, name=to.strip(), merged_into=None).first()
    if asked is None or asked.pk == team.pk or not asked.present().exists():
        raise Refused("NO_SUCH_TEAM", "There is no other team of this name.", field="to")
    check_may_merge(team, asked)
    try:
        with transaction.atomic():
            offer = MergeOffer.objects.create(offering=team, asked=asked, made_by=by)
            record("offer_merge", subject=f"team:{asked.pk}", competition=team.competition, actor=by, offering=team.pk)
    except IntegrityError as error:
        raise Refused("OFFERED_ALREADY", f"Your offer to {asked} is open already.", field="to") from error
    return offer


def withdraw_offer(offer: MergeOffer, *, by: User) -> None:
    """Take it back, as the captain who made it or a later one."""
    check_captain(by, offer.offering)
    _answer(offer, State.WITHDRAWN, by=by)


def decline_offer(offer: MergeOffer, *, by: User) -> None:
    """Turn it down, as the captain of the team that was asked."""
    check_captain(by, offer.asked)
    _answer(offer, State.DECLINED, by=by)


def _answer(offer: MergeOffer, state: str, *, by: User) -> None:
    with transaction.atomic():
        still_open = MergeOffer.objects.filter(pk=offer.pk, state=State.OPEN)
        if still_open.update(state=state, answered_at=clock.now()) != 1:
            raise Refused("OFFER_ANSWERED", "This offer has been answered or taken back.")
        subject = f"team:{offer.asked_id}"
        record(f"{state}_merge", subject=subject, competition=offer.offering.competition, actor=by)
