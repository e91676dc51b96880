"""Hand over a team."""

from django.db import transaction

from bounty.actions.record import record
from bounty.errors import Refused
from bounty.models import Membership, Team, User
from bounty.policies import check_captain

Role = Membership.Role


def make_captain(team: Team, *, user: User, by: User) -> None:
    """``user`` is the captain from now on, and who was it a member."""
    check_captain(by, team)
    with transaction.atomic():
        locked = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
        check_captain(by, locked)  # nobody hands over what they handed over a moment ago
        if not locked.present().filter(user=user).exists():  # a program leads nobody
            raise Refused("NOT_IN_THE_TEAM", f"{user.username} is not in this team.")
        locked.memberships.filter(role=Role.CAPTAIN).update(role=Role.MEMBER)
        locked.memberships.filter(user=user).update(role=Role.CAPTAIN)
        subject = f"team:{locked.pk}"
        record("make_captain", subject=subject, competition=locked.competition, actor=by, account=user.pk)
