"""Leave a team, or be taken out of it by its captain or staff."""

from django.db import transaction

from bounty import clock
from bounty.actions.keep_program import end, end_programs
from bounty.actions.record import record
from bounty.errors import NotAllowed, Refused
from bounty.models import Membership, MergeOffer, Team, User
from bounty.policies import check_leads

Role = Membership.Role


def leave_team(team: Team, *, user: User) -> None:
    """Take ``user`` out of the team. What was sent stays the team's; a captain who leaves is followed by whoever has
    been in it longest.

    Raises:
        NotAllowed: for who is not in the team.
    """
    take_out(team, user=user, by=user)


def remove_member(team: Team, *, user: User, by: User) -> None:
    """The same, by the captain or staff. After a captain comes whoever has been in it longest.

    Raises:
        NotAllowed: for anyone else.
        Refused: for the captain by their own hand, who leaves instead.
    """
    check_leads(by, team)
    if user.pk == by.pk:
        raise Refused("CAPTAIN_LEAVES", "A captain is not removed; leave the team instead.")
    with transaction.atomic():
        take_out(team, user=user, by=by)
        # Or who was removed would walk in again by the link they came by.
        team.invitations.filter(email="", revoked_at=None).update(revoked_at=clock.now())


def take_out(team: Team, *, user: User, by: User) -> None:
    """Whoever may: the account's row first, then the team's, as everyone who moves people locks them."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        locked = Team.objects.select_for_update(no_key=True).filter(pk=team.pk).first()
        membership = locked.memberships.filter(user=user, left_at=None).first() if locked else None
        if locked is None or membership is None:
            raise NotAllowed("NOT_YOUR_TEAM", f"{user.username} is not in this team.")
        if membership.role == Role.PROGRAM:
            end(user)  # or its tokens would outlive its place, where its captain finds them no more
        else:
            _end(membership, locked)
        subject = f"team:{locked.pk}"
        record("leave_team", subject=subject, competition=locked.competition, actor=by, account=user.pk)


def _end(membership: Membership, team: Team) -> None:
    _silence(team, membership.user)
    if team.first_sent_at is None:
        membership.delete()
    else:  # the place is kept: another team would be a second quota
        membership.left_at, membership.role = clock.now(), Role.MEMBER
        membership.save(update_fields=["left_at", "role"])
    remaining = team.present()
    if not remaining.exists():
        _close_down(team)
    elif not remaining.filter(role=Role.CAPTAIN).exists():
        _lead(_next_of(team) or remaining[0])
        end_unled(team)


def pass_on(team: Team, user: User) -> None:
    """Whoever comes next leads the team, where ``user`` led it and somebody can. What went to addresses of theirs is
    sent no more. The caller holds the team's row."""
    _silence(team, user)
    held, following = team.memberships.filter(user=user, role=Role.CAPTAIN).first(), _next_of(team, besides=user)
    if held is not None and following is not None:
        held.role = Role.MEMBER
        held.save(update_fields=["role"])
        _lead(following)


def _silence(team: Team, user: User) -> None:
    """An address that they named is theirs: nothing is sent there until whoever leads the team switches it on."""
    team.webhooks.filter(made_by=user).update(is_active=False)


def end_unled(team: Team, *, besides: User | None = None) -> None:
    """A team's programs, where nobody is left who can act for it. The caller holds the team's row."""
    if _next_of(team, besides=besides) is None:
        end_programs(team)


def _next_of(team: Team, *, besides: User | None = None) -> Membership | None:
    """The longest in the team of those who can act for it."""
    others = team.present().filter(user__is_active=True)
    return others.exclude(user=besides).first() if besides else others.first()


def _lead(membership: Membership) -> None:
    membership.role = Role.CAPTAIN
    membership.save(update_fields=["role"])


def discard(team: Team) -> None:
    """Delete a team that has sent nothing, and with it those that became part of it; its programs end."""
    end_programs(team)
    for absorbed in team.merged_teams.all():
        discard(absorbed)
    team.delete()


def _close_down(team: Team) -> None:
    """Nobody is left: no invitation leads here any more, and a team that sent nothing is gone."""
    if team.first_sent_at is None:
        discard(team)
        return
    end_programs(team)
    team.invitations.filter(revoked_at=None).update(revoked_at=clock.now())
    open_offers = MergeOffer.objects.filter(state=MergeOffer.State.OPEN)
    open_offers.filter(offering=team).update(state=MergeOffer.State.WITHDRAWN, answered_at=clock.now())
    open_offers.filter(asked=team).update(state=MergeOffer.State.DECLINED, answered_at=clock.now())
