"""Accept the rules, and be a team of one."""

from django.db import transaction

from bounty.actions.accept_rules import accept_rules
from bounty.actions.name_team import named
from bounty.actions.record import record
from bounty.errors import Refused
from bounty.models import Competition, Membership, Team, User
from bounty.policies import check_may_compete, team_of


def join_competition(competition: Competition, *, user: User, team_name: str = "") -> Team:
    """Note that ``user`` accepts the rules as they stand, and return their team, made where there is none.

    Raises:
        NotAllowed: for the organiser and staff, who see what everyone sends.
        Refused: when the competition is not open, another team has the name, or the person has left a team of this
            competition that had sent something: a second team would be a second quota.
    """
    check_may_compete(user, competition)
    with transaction.atomic():
        # The account's row is the lock: the same person joining twice at once makes one team.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        team = team_of(user, competition) or _found(competition, user, team_name)
        accept_rules(competition, user)
    return team


def _found(competition: Competition, user: User, name: str) -> Team:
    left = Membership.objects.filter(competition=competition, user=user).select_related("team").first()
    if left is not None and left.team.merged_into_id is None and not left.team.present().exists():
        return _return_to(left, user)
    if left is not None:
        sentence = f"You left {left.team}, which has sent submissions; of this competition you may only join it again."
        raise Refused("LEFT_A_TEAM", sentence)
    with named(competition, name or user.username) as given:
        team = Team.objects.create(competition=competition, name=given)
    Membership.objects.create(team=team, user=user, competition=competition, role=Membership.Role.CAPTAIN)
    record("join_competition", subject=f"team:{team.pk}", competition=competition, actor=user)
    return team


def _return_to(left: Membership, user: User) -> Team:
    """Lead again the team that one left empty: it is the same quota."""
    team = Team.objects.select_for_update(no_key=True).get(pk=left.team_id)
    role = Membership.Role.MEMBER if team.present().exists() else Membership.Role.CAPTAIN
    Membership.objects.filter(pk=left.pk).update(left_at=None, role=role)
    record("join_competition", subject=f"team:{team.pk}", competition=team.competition, actor=user)
    return team
