"""Who may."""

from django.contrib.auth.models import AnonymousUser

from bounty.errors import NotAllowed, Refused
from bounty.models import Competition, RulesAcceptance, Team, User


def can_organise(user: User | AnonymousUser, competition: Competition) -> bool:
    """Publish, open rounds, close, see every submission: the organiser and staff."""
    return bool(user.is_authenticated and user.is_active and (user.is_staff or user.pk == competition.organiser_id))


def check_organises(user: User | AnonymousUser, competition: Competition) -> None:
    """Raises NotAllowed for anybody but the organiser and staff."""
    if not can_organise(user, competition):
        raise NotAllowed("NOT_THE_ORGANISER", "Only the competition's organiser may do this.")


def check_member(user: User | AnonymousUser, team: Team) -> None:
    """Raises NotAllowed for anybody outside the team: an organiser reads its submissions, but does not act for it."""
    if not user.is_authenticated or not team.memberships.filter(user=user).exists():
        raise NotAllowed("NOT_YOUR_TEAM", "Only the team that sent a submission may do this.")


def team_of(user: User | AnonymousUser, competition: Competition) -> Team | None:
    """The user's team in the competition, if there is one."""
    if not user.is_authenticated:
        return None
    return Team.objects.filter(competition=competition, memberships__user=user).first()


def has_accepted_rules(user: User, competition: Competition) -> bool:
    """Whether the rules as they now stand were accepted by this person."""
    return RulesAcceptance.objects.filter(
        competition=competition, user=user, rules_version=competition.rules_version
    ).exists()


def can_submit(user: User | AnonymousUser, competition: Competition) -> Team:
    """The team that the user sends for.

    Raises:
        NotAllowed: without an account.
        Refused: when the competition is not open, or its rules have not been accepted.
    """
    if not isinstance(user, User) or not user.is_active:
        raise NotAllowed("SIGN_IN", "Sign in to take part.")
    if not competition.is_open:
        raise Refused("COMPETITION_CLOSED", "This competition takes no submissions now.")
    team = team_of(user, competition)
    if team is None or not has_accepted_rules(user, competition):
        raise Refused("RULES_NOT_ACCEPTED", "Accept the rules of this competition first.")
    return team
