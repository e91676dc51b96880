"""Accept the rules, and be a team of one."""

from django.db import IntegrityError, transaction

from bounty.actions.record import record
from bounty.errors import NotAllowed, Refused
from bounty.models import Competition, Membership, RulesAcceptance, Team, User
from bounty.policies import can_organise, team_of

MAX_NAME = 80


def join_competition(competition: Competition, *, user: User, team_name: str = "") -> Team:
    """Note that ``user`` accepts the rules as they stand, and return their team, made where there is none.

    Raises:
        NotAllowed: for the organiser and staff, who see what everyone sends.
        Refused: when the competition is not open, or another team has the name.
    """
    if can_organise(user, competition):
        raise NotAllowed("ORGANISER_MAY_NOT_COMPETE", "Who organises sees what everyone sends, and may not compete.")
    if competition.state != Competition.State.OPEN:
        raise Refused("COMPETITION_CLOSED", "This competition takes no new teams now.")
    with transaction.atomic():
        # The account's row is the lock: the same person joining twice at once makes one team.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _, accepted = RulesAcceptance.objects.get_or_create(
            competition=competition, user=user, rules_version=competition.rules_version
        )
        team = team_of(user, competition) or _make_team(competition, user, team_name.strip()[:MAX_NAME])
        if accepted:
            version = competition.rules_version
            subject = f"team:{team.pk}"
            record("join_competition", subject=subject, competition=competition, actor=user, rules_version=version)
    return team


def _make_team(competition: Competition, user: User, name: str) -> Team:
    try:
        with transaction.atomic():
            team = Team.objects.create(competition=competition, name=name or user.username[:MAX_NAME])
    except IntegrityError as error:
        raise Refused("TEAM_NAME_TAKEN", "Another team has this name; choose another.", field="team_name") from error
    Membership.objects.create(team=team, user=user, competition=competition, role=Membership.Role.CAPTAIN)
    return team
